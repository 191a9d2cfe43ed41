import { lazy, type ReactElement } from 'react';
import { formatCount, formatDuration } from '#shared/model/format.ts';
import { Panel } from '#renderer/components/Panel.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { Scroller } from '#renderer/components/Scroller.tsx';
import { TwinPanel } from '#renderer/components/TwinPanel.tsx';
import type { ConnectionPoint } from '#renderer/state/activity-page.ts';

const TrendChart = lazy(async () => ({
  default: (await import('#renderer/components/TrendChart.tsx')).TrendChart,
}));
const HEIGHT = 240;
const TITLE = 'Connections, last 15 minutes';

/** The connections that this page has seen come and go. */
export function ConnectionTrend({ points }: { readonly points: readonly ConnectionPoint[] }): ReactElement {
  if (points.length < 2) {
    return (
      <Panel title={TITLE}>
        A line begins with the second reading. PgVitals keeps those of the last 15 minutes while it is open.
      </Panel>
    );
  }
  return (
    <TwinPanel
      title={TITLE}
      note="Clients of all databases, without PgVitals itself."
      chartHeight={HEIGHT}
      chart={
        <TrendChart
          label="Connections over the last 15 minutes; the table view has the same numbers"
          series={SERIES.map(({ name, of }) => ({
            name,
            points: points.map((point) => ({ atMs: point.atMs, value: of(point) })),
          }))}
          format={formatCount}
          height={HEIGHT}
        />
      }
      table={<Table points={points} />}
    />
  );
}

const SERIES: readonly { readonly name: string; readonly of: (point: ConnectionPoint) => number }[] = [
  { name: 'All', of: (point) => point.total },
  { name: 'Active', of: (point) => point.active },
  { name: 'Idle in transaction', of: (point) => point.idleInTransaction },
  { name: 'Waiting for locks', of: (point) => point.waiting },
];

function Table({ points }: { readonly points: readonly ConnectionPoint[] }): ReactElement {
  const newestMs = points.at(-1)?.atMs ?? 0;
  return (
    <Scroller
      role="region"
      aria-label={`${TITLE}, table`}
      tabIndex={0}
      sx={{ maxHeight: HEIGHT, overflowY: 'auto' }}
    >
      <PlainTable>
        <thead>
          <tr>
            <th scope="col">Before the last reading</th>
            {SERIES.map(({ name }) => (
              <th key={name} scope="col" className="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.toReversed().map((point) => (
            <tr key={point.atMs}>
              <td>{formatDuration(Math.round((newestMs - point.atMs) / 1000) * 1000)}</td>
              {SERIES.map(({ name, of }) => (
                <td key={name} className="number">
                  {formatCount(of(point))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </PlainTable>
    </Scroller>
  );
}
