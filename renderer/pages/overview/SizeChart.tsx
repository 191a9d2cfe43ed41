import { styled, useTheme } from '@mui/material/styles';
import { type ReactElement, useId } from 'react';
import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { formatBytes } from '#shared/model/format.ts';
import type { TableSize } from '#shared/model/tables.ts';
import { visible } from '#renderer/components/ObjectName.tsx';
import { byteTicks } from './byte-ticks.ts';

const LABEL_WIDTH = 138;
const LABEL_LENGTH = 21;
const segmenter = new Intl.Segmenter();

interface Props {
  readonly tables: readonly TableSize[];
  /** CSS pixels; the skeleton before it has the same. */
  readonly height: number;
}

/** Stacked bars; the parts differ by pattern as well as by colour. The table beside it has the exact numbers. */
export function SizeChart({ tables, height }: Props): ReactElement {
  const { vars } = useTheme();
  const id = useId();
  const rows = tables.map((table) => ({
    name: visible(table.name),
    Heap: table.heapBytes,
    Indexes: table.indexBytes,
    TOAST: table.toastBytes,
  }));
  const ticks = byteTicks(Math.max(...tables.map((table) => table.totalBytes)));
  const { heap, index, toast } = vars.palette.series;
  const text = { fill: vars.palette.text.secondary, fontSize: 12 };
  return (
    <Figure
      style={{ height }}
      aria-label="Bar chart of the largest relations; the table view has the same numbers"
    >
      <ResponsiveContainer width="100%" height={height}>
        <BarChart
          layout="vertical"
          data={rows}
          margin={{ top: 0, right: 12, bottom: 0, left: 0 }}
          accessibilityLayer={false}
        >
          <defs>
            <pattern
              id={`${id}index`}
              width="6"
              height="6"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <rect width="6" height="6" fill={index} />
              <rect width="2" height="6" fill={vars.palette.background.paper} fillOpacity="0.55" />
            </pattern>
            <pattern id={`${id}toast`} width="6" height="6" patternUnits="userSpaceOnUse">
              <rect width="6" height="6" fill={toast} />
              <circle cx="3" cy="3" r="1.3" fill={vars.palette.background.paper} fillOpacity="0.75" />
            </pattern>
          </defs>
          <CartesianGrid horizontal={false} stroke={vars.palette.divider} />
          <XAxis
            type="number"
            tickFormatter={formatBytes}
            tick={text}
            stroke={vars.palette.divider}
            ticks={ticks}
            domain={[0, ticks.at(-1) ?? 1]}
          />
          <YAxis
            type="category"
            dataKey="name"
            width={LABEL_WIDTH}
            interval={0}
            tick={(props: TickProps) => <NameTick {...props} fill={vars.palette.text.primary} />}
            stroke={vars.palette.divider}
            tickLine={false}
          />
          <Tooltip
            cursor={{ fill: vars.palette.row.hover }}
            formatter={(value) => formatBytes(Number(value))}
            contentStyle={{
              background: vars.palette.background.paper,
              border: `1px solid ${vars.palette.divider}`,
              borderRadius: 6,
              color: vars.palette.text.primary,
            }}
            itemStyle={{ color: vars.palette.text.primary }}
            isAnimationActive={false}
          />
          <Legend
            formatter={(value) => <span className="legend">{value}</span>}
            iconSize={12}
            wrapperStyle={{ fontSize: 12 }}
          />
          <Bar dataKey="Heap" stackId="size" fill={heap} isAnimationActive={false} barSize={14} />
          <Bar
            dataKey="Indexes"
            stackId="size"
            fill={`url(#${id}index)`}
            stroke={index}
            isAnimationActive={false}
            barSize={14}
          />
          <Bar
            dataKey="TOAST"
            stackId="size"
            fill={`url(#${id}toast)`}
            stroke={toast}
            isAnimationActive={false}
            barSize={14}
          />
        </BarChart>
      </ResponsiveContainer>
    </Figure>
  );
}

interface TickProps {
  readonly x: number | string;
  readonly y: number | string;
  readonly payload: { readonly value: string };
}

/** SVG has no ellipsis: cut by length, whole in the tooltip. */
function NameTick({ x, y, payload, fill }: TickProps & { readonly fill: string }): ReactElement {
  const chars = Array.from(segmenter.segment(payload.value), ({ segment }) => segment);
  const shown = chars.length > LABEL_LENGTH ? `${chars.slice(0, LABEL_LENGTH - 1).join('')}…` : payload.value;
  return (
    <text x={x} y={y} dy="0.32em" textAnchor="end" fontSize={12} fill={fill}>
      <title>{payload.value}</title>
      {shown}
    </text>
  );
}

const Figure = styled('figure')(({ theme }) => ({
  margin: 0,
  '& .legend': { color: theme.vars.palette.text.primary },
  '& *:focus': { outline: 'none' },
}));
