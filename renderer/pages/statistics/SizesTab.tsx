import Box from '@mui/material/Box';
import { lazy, type ReactElement } from 'react';
import { formatBytes, formatCount, formatInstant, formatPercent } from '#shared/model/format.ts';
import type { StatisticsOverview } from '#shared/model/statistics.ts';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';
import { TwinPanel } from '#renderer/components/TwinPanel.tsx';

const TrendChart = lazy(async () => ({
  default: (await import('#renderer/components/TrendChart.tsx')).TrendChart,
}));
const HEIGHT = 200;
const MOST_ROWS = 40;

/** Databases of the server by size, and how this one grew. */
export function SizesTab({ data }: { readonly data: StatisticsOverview }): ReactElement {
  const largest = Math.max(1, ...data.databases.map((row) => row.sizeBytes ?? 0));
  const points = data.growth.filter((point) => point.value !== null);
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 1.5 }}>
      <Panel title="Databases of this server">
        <Box tabIndex={0} role="region" aria-label="Sizes and use" sx={{ overflowX: 'auto' }}>
          <PlainTable>
            <thead>
              <tr>
                <th scope="col">Database</th>
                <th scope="col" className="number">
                  Size
                </th>
                <th scope="col" className="number">
                  Transactions
                </th>
                <th scope="col" className="number">
                  Rolled back
                </th>
                <th scope="col" className="number">
                  Deadlocks
                </th>
                <th scope="col" className="number">
                  Temporary files
                </th>
              </tr>
            </thead>
            <tbody>
              {data.databases
                .toSorted((a, b) => (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0))
                .map((row) => (
                  <tr key={row.name}>
                    <td>{row.isOwn ? <strong>{row.name}</strong> : row.name}</td>
                    <td className="number" style={{ minWidth: 120 }}>
                      {row.sizeBytes === null ? (
                        'unknown'
                      ) : (
                        <ShareBar share={row.sizeBytes / largest}>{formatBytes(row.sizeBytes)}</ShareBar>
                      )}
                    </td>
                    <td className="number">{formatCount(row.transactions)}</td>
                    <td className="number">
                      {row.rolledBackPercent === null ? '–' : formatPercent(row.rolledBackPercent)}
                    </td>
                    <td className="number">{formatCount(row.deadlocks)}</td>
                    <td className="number">{formatBytes(row.tempBytes)}</td>
                  </tr>
                ))}
            </tbody>
          </PlainTable>
        </Box>
      </Panel>
      {points.length < 2 ? (
        <Panel title="Growth of this database">
          <EmptyState title="Not enough yet.">
            The line begins with the second sample; the History page sets how often one is taken.
          </EmptyState>
        </Panel>
      ) : (
        <TwinPanel
          title="Growth of this database, 30 days"
          chartHeight={HEIGHT}
          chart={
            <TrendChart
              label="Size of this database over 30 days; the table view has the same numbers"
              series={[
                { name: 'Size', points: points.map(({ at, value }) => ({ atMs: Date.parse(at), value })) },
              ]}
              format={formatBytes}
              height={HEIGHT}
            />
          }
          table={
            <PlainTable>
              <thead>
                <tr>
                  <th scope="col">At</th>
                  <th scope="col" className="number">
                    Size
                  </th>
                </tr>
              </thead>
              <tbody>
                {points
                  .slice(-MOST_ROWS)
                  .toReversed()
                  .map(({ at, value }) => (
                    <tr key={at}>
                      <td>{formatInstant(at)}</td>
                      <td className="number">{formatBytes(value ?? 0)}</td>
                    </tr>
                  ))}
              </tbody>
            </PlainTable>
          }
        />
      )}
    </Box>
  );
}
