import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { PlanSummary } from '#shared/model/statement-plans.ts';
import type { StatementPlan } from '#shared/model/queries.ts';
import { formatAgo, formatCount, formatDuration } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
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
  });
  const others = data.filter(({ id }) => id !== plan.id);
  const isKept = data.find(({ id }) => id === plan.id)?.isKept ?? false;
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
      <CopyButton text={plan.json} what="plan as JSON" label="Plan as JSON" />
      <CopyButton text={plan.text} what="plan as text" label="Plan as text" />
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
