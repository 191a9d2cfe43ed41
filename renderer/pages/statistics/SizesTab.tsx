import Box from '@mui/material/Box';
import type { ReactElement } from 'react';
import { formatBytes, formatCount, formatDuration, formatPercent } from '#shared/model/format.ts';
import type { DatabaseRow, StatisticsOverview } from '#shared/model/statistics.ts';
import { Panel } from '#renderer/components/Panel.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';
import { DatabaseHealth } from './DatabaseHealth.tsx';
import { GrowthPanel } from './GrowthPanel.tsx';

const COLUMNS = ['Size', 'Growth', 'Transactions', 'Rolled back', 'Deadlocks', 'Temporary files'];

interface Props {
  readonly connectionId: string;
  readonly version: string;
  readonly data: StatisticsOverview;
}

/** Databases of the server by size, and how they grew. */
export function SizesTab({ connectionId, version, data }: Props): ReactElement {
  const databases = data.databases.toSorted((a, b) => (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0));
  const largest = Math.max(1, databases[0]?.sizeBytes ?? 0);
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 1.5 }}>
      <Panel title="Databases of this server">
        <Box tabIndex={0} role="region" aria-label="Sizes and use" sx={{ overflowX: 'auto' }}>
          <PlainTable>
            <thead>
              <tr>
                <th scope="col">Database</th>
                <th scope="col">Health</th>
                {COLUMNS.map((name) => (
                  <th key={name} scope="col" className="number">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {databases.map((row) => (
                <tr key={row.oid}>
                  <td dir="auto">{row.isOwn ? <strong>{row.name}</strong> : row.name}</td>
                  <td>
                    <DatabaseHealth connectionId={connectionId} row={row} />
                  </td>
                  <td className="number" style={{ minWidth: 120 }}>
                    {row.sizeBytes === null ? (
                      'unknown'
                    ) : (
                      <ShareBar share={row.sizeBytes / largest}>{formatBytes(row.sizeBytes)}</ShareBar>
                    )}
                  </td>
                  <td className="number">{growthText(row, version)}</td>
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
      <GrowthPanel connectionId={connectionId} version={version} databases={databases} />
    </Box>
  );
}

/** "+12 MB in 3 days": since the first sample of the last 30 days, by the server's clock. */
function growthText({ growth }: DatabaseRow, readAt: string): string {
  if (growth === null) return 'no sample yet';
  const overMs = Date.parse(readAt) - Date.parse(growth.since);
  // The only sample is the reading that is shown.
  if (overMs <= 0) return 'one sample so far';
  const sign = growth.bytes > 0 ? '+' : '';
  return `${growth.bytes === 0 ? 'none' : `${sign}${formatBytes(growth.bytes)}`} in ${formatDuration(overMs)}`;
}
