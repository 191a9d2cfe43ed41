import { styled, useTheme } from '@mui/material/styles';
import type { ReactElement } from 'react';
import {
  CartesianGrid,
  Legend,
  ResponsiveContainer,
  Scatter,
  ScatterChart,
  Tooltip,
  XAxis,
  YAxis,
  ZAxis,
} from 'recharts';
import type { IndexPoint } from '#shared/model/indexes.ts';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import { visible } from '#renderer/components/ObjectName.tsx';

interface Props {
  readonly points: readonly IndexPoint[];
  /** CSS pixels. */
  readonly height: number;
}

/**
 * Writes to the right, scans upwards, size as area: what is large, written and never read lies at the bottom right.
 * Load it with `lazy`, show it in a `TwinPanel`. Kinds differ by shape as well as by colour.
 */
export function IndexScatter({ points, height }: Props): ReactElement {
  const { vars } = useTheme();
  const text = { fill: vars.palette.text.secondary, fontSize: 12 };
  const kinds = [
    { kind: 'used', name: 'In use', shape: 'circle', color: vars.palette.series.heap },
    { kind: 'key', name: 'Key', shape: 'triangle', color: vars.palette.series.toast },
    { kind: 'removable', name: 'Removable', shape: 'square', color: vars.palette.series.index },
  ] as const;
  return (
    <Figure
      aria-label="Chart of writes, scans and size of the largest indexes; the table shows the same"
      style={{ height }}
    >
      <ResponsiveContainer width="100%" height={height}>
        <ScatterChart margin={{ top: 8, right: 16, bottom: 20, left: 4 }} accessibilityLayer={false}>
          <CartesianGrid stroke={vars.palette.divider} />
          <XAxis
            {...LOG}
            dataKey="x"
            tick={text}
            stroke={vars.palette.divider}
            ticks={ticksTo(points.map((p) => p.tableWrites))}
            label={{ value: 'writes to the table', position: 'insideBottom', offset: -12, ...text }}
          />
          <YAxis
            {...LOG}
            dataKey="y"
            tick={text}
            stroke={vars.palette.divider}
            width={72}
            ticks={ticksTo(points.map((p) => p.scans))}
            label={{ value: 'scans', angle: -90, position: 'insideLeft', ...text }}
          />
          <ZAxis type="number" dataKey="sizeBytes" range={[24, 900]} />
          <Tooltip
            cursor={false}
            isAnimationActive={false}
            content={({ payload }) => {
              const point = payload?.[0]?.payload as IndexPoint | undefined;
              return point ? <Hint point={point} /> : null;
            }}
          />
          <Legend
            verticalAlign="top"
            formatter={(value) => <span className="legend">{value}</span>}
            wrapperStyle={{ fontSize: 12 }}
          />
          {kinds.map(({ kind, name, shape, color }) => (
            <Scatter
              key={kind}
              name={name}
              shape={shape}
              legendType={shape}
              fill={color}
              fillOpacity={0.55}
              stroke={color}
              isAnimationActive={false}
              data={points.filter((p) => p.kind === kind).map(placed)}
            />
          ))}
        </ScatterChart>
      </ResponsiveContainer>
    </Figure>
  );
}

/** A logarithm knows no zero: everything is moved by one, and the axis says so by its figures. */
const placed = (point: IndexPoint) => ({ ...point, x: point.tableWrites + 1, y: point.scans + 1 });

const LOG = {
  type: 'number',
  scale: 'log',
  // Room around the outermost symbols, which are drawn whole.
  domain: [0.7, (most: number) => Math.max(2, most * 1.8)],
  tickFormatter: (value: number) => formatCount(value - 1),
} as const;

/** 0, 10, 100, … up to the largest value. */
function ticksTo(values: readonly number[]): number[] {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  const ticks = [1];
  for (let power = 10; power <= most; power *= 10) ticks.push(power + 1);
  return ticks;
}

function Hint({ point }: { readonly point: IndexPoint }): ReactElement {
  return (
    <HintBox>
      <strong>
        <bdi>{visible(point.name)}</bdi>
      </strong>
      <div>
        <bdi>{visible(point.table)}</bdi> · {formatBytes(point.sizeBytes)}
      </div>
      <div>
        {formatCount(point.scans)} scans · {formatCount(point.tableWrites)} writes
      </div>
    </HintBox>
  );
}

const HintBox = styled('div')(({ theme }) => ({
  padding: '6px 10px',
  fontSize: 12,
  borderRadius: 6,
  border: `1px solid ${theme.vars.palette.divider}`,
  background: theme.vars.palette.background.paper,
  color: theme.vars.palette.text.primary,
}));

const Figure = styled('figure')(({ theme }) => ({
  margin: 0,
  // The drawing follows the width of the panel and never holds it open.
  contain: 'inline-size',
  overflow: 'hidden',
  '& .legend': { color: theme.vars.palette.text.primary },
  '& *:focus': { outline: 'none' },
}));
