import type { ReactElement } from 'react';
import { formatInstant } from '#shared/model/format.ts';
import type { VacuumOverview } from '#shared/model/vacuum.ts';
import { countColumn, nameColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

type RecentRow = VacuumOverview['recent']['rows'][number];

/** What runs now, and what vacuuming did in the last 24 hours. */
export function WorkTab({ data }: { readonly data: VacuumOverview }): ReactElement {
  const rowHeight = useRowHeight();
  const { window, rows } = data.recent;
  return (
    <>
      <Panel title="Running now">
        {data.running.length === 0 ? (
          'No VACUUM and no ANALYZE is running.'
        ) : (
          <PlainTable>
            <thead>
              <tr>
                <th scope="col" className="number">
                  PID
                </th>
                <th scope="col">Command</th>
                <th scope="col">Table</th>
                <th scope="col">Phase</th>
                <th scope="col">Started by</th>
              </tr>
            </thead>
            <tbody>
              {data.running.map((row) => (
                <tr key={row.pid}>
                  <td className="number">{row.pid}</td>
                  <td>{row.command}</td>
                  <td>{row.table}</td>
                  <td>{row.phase}</td>
                  <td>{row.isAutovacuum ? 'autovacuum' : 'a user'}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </Panel>
      {window === null ? (
        <EmptyState title="Nothing to compare with yet.">
          PgVitals takes a sample every minute while it is connected. From the second one on, this shows which
          tables were vacuumed and analyzed in between, for up to 24 hours.
        </EmptyState>
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
    </>
  );
}

const COLUMNS: readonly Column<RecentRow>[] = [
  nameColumn('table', 'Table', (row) => row.table),
  countColumn('autovacuums', 'Autovacuums', (row) => row.autovacuums, { minWidth: 108 }),
  countColumn('vacuums', 'By hand', (row) => row.vacuums),
  countColumn('autoanalyzes', 'Autoanalyzes', (row) => row.autoanalyzes, { minWidth: 112 }),
  countColumn('analyzes', 'By hand', (row) => row.analyzes),
  countColumn('deadBefore', 'Dead rows before', (row) => row.deadBefore, { minWidth: 132 }),
  countColumn('deadNow', 'Dead rows now', (row) => row.deadNow, { minWidth: 116 }),
];
