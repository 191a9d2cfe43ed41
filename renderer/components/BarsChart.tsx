import { styled, useTheme } from '@mui/material/styles';
import type { ReactElement } from 'react';
import { Bar, BarChart, CartesianGrid, LabelList, ResponsiveContainer, XAxis, YAxis } from 'recharts';

interface Props {
  /** For screen readers; name the table twin too. */
  readonly label: string;
  readonly bars: readonly { readonly name: string; readonly value: number }[];
  readonly format: (value: number) => string;
  /** CSS pixels. */
  readonly height: number;
}

/** Horizontal bars with their figures. Load it with `lazy`, show it in a `TwinPanel`. */
export function BarsChart({ label, bars, format, height }: Props): ReactElement {
  const { vars } = useTheme();
  return (
    <Figure aria-label={label} style={{ height }}>
      <ResponsiveContainer width="100%" height={height}>
        <BarChart
          layout="vertical"
          data={[...bars]}
          margin={{ top: 0, right: 56, bottom: 0, left: 0 }}
          accessibilityLayer={false}
        >
          <CartesianGrid horizontal={false} stroke={vars.palette.divider} />
          <XAxis
            type="number"
            allowDecimals={false}
            tickFormatter={format}
            tick={{ fill: vars.palette.text.secondary, fontSize: 12 }}
            stroke={vars.palette.divider}
          />
          <YAxis
            type="category"
            dataKey="name"
            width={120}
            interval={0}
            tick={{ fill: vars.palette.text.primary, fontSize: 12 }}
            stroke={vars.palette.divider}
            tickLine={false}
          />
          <Bar dataKey="value" fill={vars.palette.series.heap} isAnimationActive={false} barSize={16}>
            <LabelList
              dataKey="value"
              position="right"
              formatter={(value: unknown) => format(Number(value))}
              style={{ fill: vars.palette.text.primary, fontSize: 12 }}
            />
          </Bar>
        </BarChart>
      </ResponsiveContainer>
    </Figure>
  );
}

const Figure = styled('figure')({ margin: 0, '& *:focus': { outline: 'none' } });
