import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { PlanFormat } from '#shared/contract/queries.ts';
import type { PlanSummary } from '#shared/model/statement-plans.ts';
import type { StatementPlan } from '#shared/model/queries.ts';
import { formatAgo, formatCount, formatDuration } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { useSaveFile } from '#renderer/app/save-file.ts';
import { CopyButton } from '#renderer/components/CopyButton.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';

interface Props {
  readonly connectionId: string;
  /** Of the statement. */
  readonly text: string;
  readonly plan: StatementPlan;
}

/** What can be done with a plan: lay it beside another one of its statement, keep it, take it along. */
export function PlanActions({ connectionId, text, plan }: Props): ReactElement {
  const { client } = useBackend();
  const { set } = useAddressState();
  const { data = [] } = useQuery({
    queryKey: [...planListKey(connectionId), text, plan.id],
    queryFn: ({ signal }) => client.queries.plans({ connectionId, text }, { signal }),
    // Another plan of the same statement: what is there to compare with stays while the list is read again.
    placeholderData: (before, query) =>
      query?.queryKey.at(-2) === text ? keepPreviousData(before) : undefined,
  });
  const others = data.filter(({ id }) => id !== plan.id);
  const isKept = data.find(({ id }) => id === plan.id)?.isKept ?? false;
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
      <CopyButton text={plan.json} what="plan as JSON" label="Plan as JSON" />
      <CopyButton text={plan.text} what="plan as text" label="Plan as text" />
      <SaveAs connectionId={connectionId} id={plan.id} />
      <KeepButton connectionId={connectionId} id={plan.id} isKept={isKept} />
      <TextField
        select
        size="small"
        label="Compare with"
        value=""
        disabled={others.length === 0}
        onChange={(event) => set({ left: event.target.value, right: plan.id })}
        sx={{ width: 260 }}
        slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      >
        <MenuItem value="" disabled>
          {others.length === 0 ? 'no other plan yet' : 'another plan'}
        </MenuItem>
        {others.map((other) => (
          <MenuItem key={other.id} value={other.id} sx={{ whiteSpace: 'normal' }}>
            {titleOf(other)}
          </MenuItem>
        ))}
      </TextField>
    </Box>
  );
}

const FILES: readonly { readonly format: PlanFormat; readonly title: string }[] = [
  { format: 'json', title: 'JSON, as the server gave it' },
  { format: 'txt', title: 'Text, as EXPLAIN has it' },
  { format: 'html', title: 'Page without constants and roles' },
];

/** A plan as a file, to hand on or to open in another program. */
function SaveAs({ connectionId, id }: { readonly connectionId: string; readonly id: string }): ReactElement {
  const { client } = useBackend();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const save = useSaveFile<Parameters<typeof client.queries.savePlan>[0]>({
    save: (request) => client.queries.savePlan(request),
    render: (request) => client.queries.renderPlan(request),
  });
  return (
    <>
      <Button
        variant="outlined"
        color="inherit"
        aria-haspopup="menu"
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        Save as…
      </Button>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => setAnchor(null)}
        // Inside the drawer, where a screen reader looks for it.
        disablePortal
        slotProps={{ list: { 'aria-label': 'Save the plan as' } }}
      >
        {FILES.map(({ format, title }) => (
          <MenuItem
            key={format}
            onClick={() => {
              setAnchor(null);
              save.mutate({ connectionId, plan: id, format });
            }}
          >
            {title}
          </MenuItem>
        ))}
      </Menu>
      {save.error && <ErrorNotice error={toUserError(save.error)} title="The plan could not be saved" />}
    </>
  );
}

interface KeepProps {
  readonly connectionId: string;
  readonly id: string;
  readonly isKept: boolean;
}

/** Plans that are not kept are forgotten when the app ends. */
export function KeepButton({ connectionId, id, isKept }: KeepProps): ReactElement {
  const { client } = useBackend();
  const queries = useQueryClient();
  const keep = useMutation({
    mutationFn: () => client.queries.keepPlan({ connectionId, plan: id, isKept: !isKept }),
    onSuccess: () => queries.invalidateQueries({ queryKey: planListKey(connectionId) }),
  });
  return (
    <>
      <Button
        variant="outlined"
        color="inherit"
        aria-pressed={isKept}
        onClick={() => !keep.isPending && keep.mutate()}
      >
        {isKept ? 'Kept: forget it' : 'Keep this plan'}
      </Button>
      {keep.error && <ErrorNotice error={toUserError(keep.error)} title="The plan was not kept" />}
    </>
  );
}

/** Everything that tells which plans there are. */
export function planListKey(connectionId: string): readonly unknown[] {
  return [...keys.facts(connectionId), 'plans'];
}

/** "Generic, cost 431, 2 minutes ago (kept)". */
function titleOf({ how, totalCost, executionMs, madeAt, isKept }: PlanSummary): string {
  const figure =
    executionMs === null ? `cost ${formatCount(Math.round(totalCost))}` : formatDuration(executionMs);
  const ago = formatAgo(Math.max(0, Date.now() - Date.parse(madeAt)));
  return `${capitalized(how)}: ${figure}, ${ago}${isKept ? ' (kept)' : ''}`;
}

export function capitalized(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
