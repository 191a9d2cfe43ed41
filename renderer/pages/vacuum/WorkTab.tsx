import type { ReactElement } from 'react';
import { formatInstant } from '#shared/model/format.ts';
import type { VacuumOverview } from '#shared/model/vacuum.ts';
import { countColumn, nameColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { ProgressPanel } from '#renderer/components/ProgressPanel.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { LogPanel } from './LogPanel.tsx';

type RecentRow = VacuumOverview['recent']['rows'][number];

interface Props {
  readonly connectionId: string;
  readonly data: VacuumOverview;
}

/** What runs now, and what vacuuming did in the last 24 hours. */
export function WorkTab({ connectionId, data }: Props): ReactElement {
  const rowHeight = useRowHeight();
  const { window, rows } = data.recent;
  return (
    <>
      <ProgressPanel title="Running now" rows={data.running} nothing="No VACUUM and no ANALYZE is running." />
      <Panel title="In the last 24 hours">
        {window === null ? (
          'Nothing to compare with yet: PgVitals takes a sample every minute while it is connected. From the first one on, this shows which tables were vacuumed and analyzed since, for up to 24 hours.'
        ) : (
          <DataTable
            label="Vacuum activity"
            rows={rows}
            columns={COLUMNS}
            keyOf={(row) => row.table}
            rowHeight={rowHeight}
            defaultSort={{ columnId: 'autovacuums', direction: 'descending' }}
            toolbar={
              <span>
                Counted from {formatInstant(window.from)} to {formatInstant(window.to)}
              </span>
            }
            empty={<EmptyState title="No table was vacuumed or analyzed in this time." />}
          />
        )}
      </Panel>
      <LogPanel connectionId={connectionId} />
    </>
  );
}

const COLUMNS: readonly Column<RecentRow>[] = [
  nameColumn('table', 'Table', (row) => row.table),
  countColumn('autovacuums', 'Autovacuums', (row) => row.autovacuums, { minWidth: 108 }),
  countColumn('vacuums', 'Manual vacuums', (row) => row.vacuums, { minWidth: 128 }),
  countColumn('autoanalyzes', 'Autoanalyzes', (row) => row.autoanalyzes, { minWidth: 112 }),
  countColumn('analyzes', 'Manual analyzes', (row) => row.analyzes, { minWidth: 132 }),
  countColumn('deadBefore', 'Dead rows before', (row) => row.deadBefore, { minWidth: 132 }),
  countColumn('deadNow', 'Dead rows now', (row) => row.deadNow, { minWidth: 116 }),
];
