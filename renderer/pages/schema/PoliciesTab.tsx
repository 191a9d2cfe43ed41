import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { type DeletePolicy, DELETE_RULES, type SchemaOverview } from '#shared/model/schema.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { ViolationsTable } from './ViolationsTable.tsx';

interface Props {
  readonly connectionId: string;
  readonly version: string;
  readonly data: SchemaOverview;
}

/** The delete rules that the user wants, and the foreign keys that do otherwise. */
export function PoliciesTab({ connectionId, version, data }: Props): ReactElement {
  return (
    <>
      <PolicyForm key={JSON.stringify(data.policies)} connectionId={connectionId} policies={data.policies} />
      {data.policies.length > 0 && (
        <ViolationsTable connectionId={connectionId} version={version} policies={data.policies} />
      )}
    </>
  );
}

function PolicyForm({
  connectionId,
  policies,
}: {
  readonly connectionId: string;
  readonly policies: readonly DeletePolicy[];
}): ReactElement {
  const { client } = useBackend();
  const queries = useQueryClient();
  const [text, setText] = useState(policies.map(lineOf).join('\n'));
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const parsed = lines.map(policyIn);
  const wrong = lines.find((_, at) => parsed[at] === null);
  const save = useMutation({
    mutationFn: () =>
      client.schema.setPolicies({ connectionId, policies: parsed.filter((policy) => policy !== null) }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.insight(connectionId) }),
  });
  return (
    <Panel title="What a delete should do">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <p>
          One per line: parent, an arrow, child, a colon, the rule. Names may hold * for anything, such as
          “users {'->'} *: restrict” or “channels {'->'} *: cascade”. The first that fits counts.
        </p>
        <TextField
          fullWidth
          multiline
          minRows={4}
          maxRows={12}
          label="Policies"
          value={text}
          error={wrong !== undefined}
          helperText={
            wrong === undefined ? ' ' : `“${wrong}” is no policy. Rules are: ${DELETE_RULES.join(', ')}.`
          }
          onChange={(event) => setText(event.target.value)}
          slotProps={{ htmlInput: { spellCheck: false } }}
        />
        <Button type="submit" variant="contained" disabled={wrong !== undefined || save.isPending}>
          Save and check
        </Button>
        {save.error && <ErrorNotice error={toUserError(save.error)} title="Not saved" />}
      </form>
    </Panel>
  );
}

function lineOf({ parent, child, rule }: DeletePolicy): string {
  return `${parent} -> ${child}: ${rule}`;
}

function policyIn(line: string): DeletePolicy | null {
  const match = /^\s*(?<parent>\S+)\s*(?:->|→)\s*(?<child>[^\s:]+)\s*:\s*(?<rule>[a-z ]+?)\s*$/i.exec(line);
  const { parent = '', child = '', rule: word = '' } = match?.groups ?? {};
  const rule = DELETE_RULES.find((known) => known === word.toLowerCase().replace(/\s+/g, ' '));
  return parent === '' || child === '' || rule === undefined ? null : { parent, child, rule };
}
