import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { lazy, type ReactElement, useState } from 'react';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import type { StatisticsOverview } from '#shared/model/statistics.ts';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { TwinPanel } from '#renderer/components/TwinPanel.tsx';
import { CategoriesDialog } from './CategoriesDialog.tsx';

const BarsChart = lazy(async () => ({
  default: (await import('#renderer/components/BarsChart.tsx')).BarsChart,
}));
const BAR_PIXELS = 30;
const MOST_BARS = 14;

interface Props {
  readonly connectionId: string;
  readonly data: StatisticsOverview;
}

/** Tables by what they are for, and how many indexes they have. */
export function CategoriesTab({ connectionId, data }: Props): ReactElement {
  const [isEditing, setEditing] = useState(false);
  if (data.categories.length === 0) return <EmptyState title="No tables to sort." />;
  const shown = data.categories.slice(0, MOST_BARS);
  const height = 40 + shown.length * BAR_PIXELS;
  const counts = data.indexCounts;
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 1.5 }}>
      <TwinPanel
        title="Tables per category"
        chartHeight={height}
        actions={
          <Button variant="outlined" color="inherit" onClick={() => setEditing(true)}>
            Edit…
          </Button>
        }
        chart={
          <BarsChart
            label="Tables per category; the table view has the same numbers"
            bars={shown.map((row) => ({ name: row.name, value: row.tables }))}
            format={formatCount}
            height={height}
          />
        }
        table={
          <PlainTable>
            <thead>
              <tr>
                <th scope="col">Category</th>
                <th scope="col" className="number">
                  Tables
                </th>
                <th scope="col" className="number">
                  Size
                </th>
                <th scope="col" className="number">
                  Rows (estimate)
                </th>
                <th scope="col">Which</th>
              </tr>
            </thead>
            <tbody>
              {data.categories.map((row) => (
                <tr key={row.name}>
                  <td>{row.name}</td>
                  <td className="number">{formatCount(row.tables)}</td>
                  <td className="number">{formatBytes(row.bytes)}</td>
                  <td className="number">{formatCount(row.rows)}</td>
                  <td style={{ overflowWrap: 'anywhere' }}>{row.names.slice(0, 40).join(', ')}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        }
      />
      <TwinPanel
        title="Indexes per table"
        chartHeight={220}
        chart={
          <BarsChart
            label="How many tables have how many indexes; the table view has the same numbers"
            bars={counts.map((row) => ({ name: `${row.indexes}`, value: row.tables }))}
            format={formatCount}
            height={Math.max(220, counts.length * 24)}
          />
        }
        table={
          <PlainTable>
            <thead>
              <tr>
                <th scope="col" className="number">
                  Indexes
                </th>
                <th scope="col" className="number">
                  Tables
                </th>
              </tr>
            </thead>
            <tbody>
              {counts.map((row) => (
                <tr key={row.indexes}>
                  <td className="number">{formatCount(row.indexes)}</td>
                  <td className="number">{formatCount(row.tables)}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        }
      />
      <CategoriesDialog
        key={String(isEditing)}
        connectionId={connectionId}
        isOpen={isEditing}
        data={data}
        onClose={() => setEditing(false)}
      />
    </Box>
  );
}
