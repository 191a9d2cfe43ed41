import { lazy, type ReactElement, type ReactNode } from 'react';
import { formatBytes, formatInstant } from '#shared/model/format.ts';
import type { HistoryPoint } from '#shared/model/history.ts';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { TwinPanel } from '#renderer/components/TwinPanel.tsx';

const TrendChart = lazy(async () => ({
  default: (await import('#renderer/components/TrendChart.tsx')).TrendChart,
}));
/** CSS pixels of the chart. */
export const SIZE_TREND_HEIGHT = 200;
const MOST_ROWS = 40;

interface Props {
  readonly title: string;
  /** What is drawn, for those who do not see it. */
  readonly label: string;
  /** Bytes, oldest first. */
  readonly points: readonly HistoryPoint[];
  readonly actions?: ReactNode;
}

/** How something grew, by the samples. */
export function SizeTrend({ title, label, points, actions }: Props): ReactElement {
  const known = points.filter((point) => point.value !== null);
  if (known.length < 2) {
    return (
      <Panel title={title} actions={actions}>
        <EmptyState title="Not enough yet.">
          The line begins with the second sample; the History page sets how often one is taken.
        </EmptyState>
      </Panel>
    );
  }
  return (
    <TwinPanel
      title={title}
      chartHeight={SIZE_TREND_HEIGHT}
      actions={actions}
      chart={
        <TrendChart
          label={`${label}; the table view has the same numbers`}
          series={[
            { name: 'Size', points: points.map(({ at, value }) => ({ atMs: Date.parse(at), value })) },
          ]}
          format={formatBytes}
          height={SIZE_TREND_HEIGHT}
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
            {known
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
  );
}
