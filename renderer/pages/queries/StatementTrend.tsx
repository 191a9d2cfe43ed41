import { lazy, type ReactElement } from 'react';
import type { StatementInterval } from '#shared/model/queries.ts';
import { formatCount, formatDuration, formatInstant } from '#shared/model/format.ts';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { TwinPanel } from '#renderer/components/TwinPanel.tsx';

const TrendChart = lazy(async () => ({
  default: (await import('#renderer/components/TrendChart.tsx')).TrendChart,
}));
const CHART_HEIGHT = 130;

/** How long it took and how often it ran, from one stored sample to the next. */
export function StatementTrend({ trend }: { readonly trend: readonly StatementInterval[] }): ReactElement {
  if (trend.length < 2) {
    return (
      <DrawerSection title="Last 24 hours">
        <EmptyState title="No history yet.">
          It begins with the third sample, some minutes after connecting.
        </EmptyState>
      </DrawerSection>
    );
  }
  if (trend.every(({ callsPerMinute }) => callsPerMinute === 0)) {
    return (
      <DrawerSection title="Last 24 hours">
        It was not called since {formatInstant(trend[0]?.at ?? '')}, the first sample there is.
      </DrawerSection>
    );
  }
  const chart = (
    name: string,
    format: (value: number) => string,
    of: (point: StatementInterval) => number | null,
  ) => (
    <TrendChart
      label={`${name} over the last 24 hours; the table view has the same numbers`}
      series={[{ name, points: trend.map((point) => ({ atMs: Date.parse(point.at), value: of(point) })) }]}
      format={format}
      height={CHART_HEIGHT}
    />
  );
  return (
    <TwinPanel
      title="Last 24 hours"
      chartHeight={2 * CHART_HEIGHT + 40}
      chart={
        <>
          <div>Mean time</div>
          {chart('Mean time', formatDuration, (point) => point.meanMs)}
          <div>Calls per minute</div>
          {chart('Calls per minute', formatCount, (point) => point.callsPerMinute)}
        </>
      }
      table={
        <PlainTable>
          <thead>
            <tr>
              <th scope="col">Until</th>
              <th scope="col" className="number">
                Mean time
              </th>
              <th scope="col" className="number">
                Calls per minute
              </th>
            </tr>
          </thead>
          <tbody>
            {trend.toReversed().map(({ at, meanMs, callsPerMinute }) => (
              <tr key={at}>
                <td>{formatInstant(at)}</td>
                <td className="number">{meanMs === null ? '–' : formatDuration(meanMs)}</td>
                <td className="number">
                  {callsPerMinute === null ? '–' : formatCount(Math.round(callsPerMinute * 100) / 100)}
                </td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      }
    />
  );
}
