import type { ReactElement } from 'react';
import type { ProgressRow } from '#shared/model/activity.ts';
import { countColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

/** Maintenance that runs in this database now, from pg_stat_progress_*. */
export function ProgressTable({ rows }: { readonly rows: readonly ProgressRow[] }): ReactElement {
  const rowHeight = useRowHeight();
  return (
    <DataTable
      label="Running maintenance"
      rows={rows}
      columns={COLUMNS}
      keyOf={(row) => `${row.command} ${row.pid}`}
      rowHeight={rowHeight}
      defaultSort={{ columnId: 'command', direction: 'ascending' }}
      empty={
        <EmptyState title="No maintenance is running.">
          VACUUM, ANALYZE, index builds, CLUSTER, COPY and base backups would be here.
        </EmptyState>
      }
    />
  );
}

const COLUMNS: readonly Column<ProgressRow>[] = [
  countColumn('pid', 'PID', (row) => row.pid, { minWidth: 72 }),
  textColumn('command', 'Command', (row) => COMMANDS[row.command], { minWidth: 130 }),
  nameColumn('relation', 'On', (row) => row.relation ?? '–'),
  textColumn('phase', 'Phase', (row) => row.phase, { minWidth: 200, grow: 2 }),
];

const COMMANDS: Readonly<Record<ProgressRow['command'], string>> = {
  vacuum: 'VACUUM',
  analyze: 'ANALYZE',
  'create-index': 'CREATE INDEX',
  cluster: 'CLUSTER',
  copy: 'COPY',
  basebackup: 'Base backup',
};
