import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useMutation } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { StatementAdvice, StatementAdviceRow } from '#shared/model/indexes.ts';
import { formatCount, formatCountOf, formatDuration } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { isAbort, toUserError } from '#renderer/api/errors.ts';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { Fold } from '#renderer/components/Fold.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { ProgressLine } from '#renderer/components/ProgressLine.tsx';

/** What statements ask for: their plans are made when somebody wants to know, and nothing is run. */
export function StatementAdvicePanel({ connectionId }: { readonly connectionId: string }): ReactElement {
  const { client } = useBackend();
  const [stop, setStop] = useState<AbortController | null>(null);
  const ask = useMutation({
    mutationFn: () => {
      const controller = new AbortController();
      setStop(controller);
      return client.indexes.statementAdvice({ connectionId }, { signal: controller.signal });
    },
  });
  return (
    <Box component="section" aria-label="Indexes that statements ask for">
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: '4px 12px', alignItems: 'center' }}>
        {ask.isPending ? (
          <>
            <Box sx={{ flex: '1 1 200px' }}>
              <ProgressLine label="Planning statements" done={0} total={0} />
            </Box>
            <Button variant="outlined" color="inherit" onClick={() => stop?.abort()}>
              Cancel
            </Button>
          </>
        ) : (
          <>
            <Button variant="outlined" color="inherit" onClick={() => ask.mutate()}>
              Look at the plans of statements
            </Button>
            <span>The 20 heaviest are planned with EXPLAIN; none is run.</span>
          </>
        )}
      </Box>
      {ask.error && !isAbort(ask.error, stop?.signal) && (
        <ErrorNotice error={toUserError(ask.error)} title="The statements could not be planned" />
      )}
      {ask.data && <Answer connectionId={connectionId} advice={ask.data} />}
    </Box>
  );
}

function Answer({
  connectionId,
  advice,
}: {
  readonly connectionId: string;
  readonly advice: StatementAdvice;
}): ReactElement {
  const { of, planned, notPlanned, rows } = advice;
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 1, mt: 1 }}>
      <span role="status">
        {formatCountOf(planned, 'plan')} of the heaviest of {formatCountOf(of, 'statement')}{' '}
        {rows.length === 0 ? 'ask for no index' : `ask for ${formatCountOf(rows.length, 'index', 'indexes')}`}
        {notPlanned > 0 && `; ${formatCount(notPlanned)} could not be planned here`}.
      </span>
      {rows.map((row) => (
        <Fold key={`${row.table} ${row.columns.join()}`} title={titleOf(row)}>
          <p>{row.verdict}</p>
          <ul>
            {row.statements.map(({ query, calls, totalMs, costBefore, costAfter }) => (
              <li key={query} dir="auto">
                {formatDuration(totalMs)} in {formatCountOf(calls, 'call')}
                {costBefore !== null &&
                  costAfter !== null &&
                  `, cost ${formatCount(Math.round(costBefore))} → ${formatCount(Math.round(costAfter))}`}
                : <code>{visible(query)}</code>
              </li>
            ))}
          </ul>
          <FixView
            fix={row.fix}
            run={
              <RunPlanButton connectionId={connectionId} request={row.request}>
                Create…
              </RunPlanButton>
            }
          />
        </Fold>
      ))}
    </Box>
  );
}

function titleOf({ table, columns }: StatementAdviceRow): string {
  return `${visible(table)} (${columns.map(visible).join(', ')})`;
}
