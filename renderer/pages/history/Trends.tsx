import Box from '@mui/material/Box';
import { lazy, type ReactElement } from 'react';
import { formatBytes, formatCount, formatInstant } from '#shared/model/format.ts';
import type { HistoryOverview, HistoryPoint } from '#shared/model/history.ts';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { TwinPanel } from '#renderer/components/TwinPanel.tsx';

const TrendChart = lazy(async () => ({
  default: (await import('#renderer/components/TrendChart.tsx')).TrendChart,
}));
const HEIGHT = 180;
const MOST_TABLE_ROWS = 60;

/** The figures of the database over the range, each as a line with its table. */
export function Trends({ data }: { readonly data: HistoryOverview }): ReactElement {
  const { trends } = data;
  return (
    <Box
      sx={{
        display: 'grid',
        gap: 1.5,
        gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 400px), 1fr))',
      }}
    >
      <Trend title="Database size" points={trends.sizeBytes} format={formatBytes} />
      <Trend title="Dead rows" points={trends.deadRows} format={formatCount} />
      <Trend title="Transactions per second" points={trends.transactions} format={rate} />
      <Trend title="Statement load (ms per second)" points={trends.statementLoad} format={rate} />
      <Trend title="Connections" points={trends.connections} format={formatCount} />
      <Trend title="Audit score" points={trends.score} format={formatCount} />
    </Box>
  );
}

interface TrendProps {
  readonly title: string;
  readonly points: readonly HistoryPoint[];
  readonly format: (value: number) => string;
}

function Trend({ title, points, format }: TrendProps): ReactElement {
  const known = points.filter((point) => point.value !== null);
  if (known.length < 2) {
    return (
      <Panel title={title}>
        <EmptyState title="Not enough yet.">A line begins with two figures in this range.</EmptyState>
      </Panel>
    );
  }
  return (
    <TwinPanel
      title={title}
      chartHeight={HEIGHT}
      chart={
        <TrendChart
          label={`${title} over time; the table view has the same numbers`}
          series={[{ name: title, points: points.map(({ at, value }) => ({ atMs: Date.parse(at), value })) }]}
          format={format}
          height={HEIGHT}
        />
      }
      table={
        <Box
          sx={{ maxHeight: HEIGHT, overflow: 'auto' }}
          tabIndex={0}
          role="region"
          aria-label={`${title}, table`}
        >
          <PlainTable>
            <thead>
              <tr>
                <th scope="col">At</th>
                <th scope="col" className="number">
                  {title}
                </th>
              </tr>
            </thead>
            <tbody>
              {known
                .slice(-MOST_TABLE_ROWS)
                .toReversed()
                .map(({ at, value }) => (
                  <tr key={at}>
                    <td>{formatInstant(at)}</td>
                    <td className="number">{format(value ?? 0)}</td>
                  </tr>
                ))}
            </tbody>
          </PlainTable>
        </Box>
      }
    />
  );
}

function rate(value: number): string {
  return formatCount(Math.round(value * 100) / 100);
}
