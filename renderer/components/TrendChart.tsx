import { styled, useTheme } from '@mui/material/styles';
import type { ReactElement } from 'react';
import { CartesianGrid, Legend, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { formatBytes, formatInstant } from '#shared/model/format.ts';
import { byteTicks } from './byte-ticks.ts';

export interface Series {
  readonly name: string;
  /** Oldest first; null = a gap. `atMs` since 1970. */
  readonly points: readonly { readonly atMs: number; readonly value: number | null }[];
}

interface Props {
  /** For screen readers; name the table twin too. */
  readonly label: string;
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  /** CSS pixels. */
  readonly height: number;
}

const DASHES = ['', '6 3', '2 3', '8 3 2 3'];

/** Lines over time. Load it with `lazy`, show it in a `TwinPanel`. Series differ by dash as well as by colour. */
export function TrendChart({ label, series, format, height }: Props): ReactElement {
  const { vars } = useTheme();
  const colors = [
    vars.palette.series.heap,
    vars.palette.series.index,
    vars.palette.series.toast,
    vars.palette.text.secondary,
  ];
  const text = { fill: vars.palette.text.secondary, fontSize: 12 };
  const rows = rowsOf(series);
  const marks = format === formatBytes ? byteTicks(largestOf(series)) : null;
  const spanMs = (rows.at(-1)?.['atMs'] ?? 0) - (rows[0]?.['atMs'] ?? 0);
  return (
    <Figure aria-label={label} style={{ height }}>
      <ResponsiveContainer width="100%" height={height}>
        <LineChart data={rows} margin={{ top: 4, right: 12, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke={vars.palette.divider} />
          <XAxis
            dataKey="atMs"
            type="number"
            scale="time"
            domain={['dataMin', 'dataMax']}
            tickFormatter={(atMs: number) => shortTime(atMs, spanMs)}
            tick={text}
            minTickGap={48}
            stroke={vars.palette.divider}
          />
          <YAxis
            {...(marks && { ticks: marks, domain: [0, marks.at(-1) ?? 1] })}
            tickFormatter={format}
            tick={text}
            width={72}
            stroke={vars.palette.divider}
          />
          <Tooltip
            labelFormatter={(atMs) => formatInstant(new Date(Number(atMs)).toISOString())}
            formatter={(value) => format(Number(value))}
            contentStyle={{
              background: vars.palette.background.paper,
              border: `1px solid ${vars.palette.divider}`,
              borderRadius: 6,
              color: vars.palette.text.primary,
            }}
            isAnimationActive={false}
          />
          {series.length > 1 && (
            <Legend
              formatter={(value) => <span className="legend">{value}</span>}
              wrapperStyle={{ fontSize: 12 }}
            />
          )}
          {series.map(({ name }, at) => (
            <Line
              key={name}
              dataKey={name}
              stroke={colors[at % colors.length] ?? 'currentColor'}
              strokeDasharray={DASHES[at % DASHES.length] ?? ''}
              strokeWidth={2}
              dot={rows.length < 24}
              isAnimationActive={false}
            />
          ))}
        </LineChart>
      </ResponsiveContainer>
    </Figure>
  );
}

/** One row per instant, with a field per series. */
function rowsOf(series: readonly Series[]): Record<string, number | null>[] {
  const rows = new Map<number, Record<string, number | null>>();
  for (const { name, points } of series) {
    for (const { atMs, value } of points) {
      const row = rows.get(atMs) ?? { atMs };
      row[name] = value;
      rows.set(atMs, row);
    }
  }
  return [...rows.values()].sort((a, b) => (a['atMs'] ?? 0) - (b['atMs'] ?? 0));
}

function largestOf(series: readonly Series[]): number {
  return series.reduce(
    (largest, { points }) => points.reduce((most, { value }) => Math.max(most, value ?? 0), largest),
    0,
  );
}

const DAY_MS = 86_400_000;

function shortTime(atMs: number, spanMs: number): string {
  const iso = new Date(atMs).toISOString();
  return spanMs > 2 * DAY_MS ? iso.slice(5, 10) : iso.slice(11, 16);
}

const Figure = styled('figure')(({ theme }) => ({
  margin: 0,
  '& .legend': { color: theme.vars.palette.text.primary },
  '& *:focus': { outline: 'none' },
}));
