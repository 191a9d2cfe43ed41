import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { formatBytes, formatDuration } from '#shared/model/format.ts';
import type { VacuumLog, VacuumLogRun } from '#shared/model/vacuum.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { countColumn, durationColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

/** Single runs of autovacuum, from the server's log; read when asked for. */
export function LogPanel({ connectionId }: { readonly connectionId: string }): ReactElement {
  const { client } = useBackend();
  const [isAsked, setAsked] = useState(false);
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: [...keys.insight(connectionId), 'vacuum-log'],
    queryFn: ({ signal }) => client.vacuum.log({ connectionId }, { signal }),
    enabled: isAsked,
  });
  return (
    <Panel
      title="In the server's log"
      actions={
        <Button
          variant="outlined"
          color="inherit"
          disabled={isFetching}
          onClick={() => (isAsked ? void refetch() : setAsked(true))}
        >
          {isAsked ? 'Read the log again' : 'Read the log'}
        </Button>
      }
    >
      {error ? (
        <ErrorNotice error={toUserError(error)} title="The log could not be read" />
      ) : data ? (
        <Log log={data} />
      ) : isAsked ? (
        <Skeleton variant="rounded" height={120} />
      ) : (
        'Where this role may read it, the log tells each run of autovacuum, how long it took and what it removed. At most the last megabyte is read.'
      )}
    </Panel>
  );
}

function Log({ log }: { readonly log: VacuumLog }): ReactElement {
  const rowHeight = useRowHeight();
  if (log.state === 'unreadable') {
    return (
      <>
        <p role="status" style={{ margin: 0 }}>
          {log.reason}
        </p>
        {log.sql.length > 0 && <SqlBlock statements={log.sql} label="SQL that makes it readable" />}
      </>
    );
  }
  const shorter =
    log.minDurationMs !== null && log.minDurationMs > 0
      ? ` Runs under ${formatDuration(log.minDurationMs)} are not logged (log_autovacuum_min_duration).`
      : '';
  return (
    <DataTable
      label="Runs in the log"
      rows={log.runs}
      columns={COLUMNS}
      keyOf={(run) => run.id}
      rowHeight={rowHeight}
      defaultSort={{ columnId: 'at', direction: 'descending' }}
      toolbar={
        <span role="status">
          From the last {formatBytes(log.readBytes)} of {log.file} ({formatBytes(log.fileBytes)}).{shorter}
        </span>
      }
      empty={
        <EmptyState title="No run of autovacuum in this part of the log.">
          Messages in another language than English (lc_messages) are not understood.
        </EmptyState>
      }
    />
  );
}

const COLUMNS: readonly Column<VacuumLogRun>[] = [
  {
    ...textColumn<VacuumLogRun>('at', 'At', (run) => run.at, { minWidth: 228, grow: 0 }),
    sortValue: (run) => run.id,
  },
  textColumn('what', 'Run', (run) => [run.what, run.kind].filter(Boolean).join(', '), { minWidth: 90 }),
  nameColumn(
    'table',
    'Table',
    (run) => run.table,
    () => null,
    { minWidth: 140 },
  ),
  durationColumn('elapsedMs', 'Took', (run) => run.elapsedMs),
  countColumn('removedRows', 'Rows removed', (run) => run.removedRows, { minWidth: 116 }),
  countColumn('remainingRows', 'Rows remaining', (run) => run.remainingRows, { minWidth: 124 }),
  countColumn('notRemovableRows', 'Not yet removable', (run) => run.notRemovableRows, { minWidth: 140 }),
];
