import { useTheme } from '@mui/material/styles';
import type { ReactElement } from 'react';

interface Props {
  /** Oldest first; null = a gap. */
  readonly values: readonly (number | null)[];
}

const [WIDTH, HEIGHT] = [56, 16];

/** The shape of a figure over time beside its number, which says the same in words: not for screen readers. */
export function Sparkline({ values }: Props): ReactElement | null {
  const { vars } = useTheme();
  const most = values.reduce<number>((a, b) => Math.max(a, b ?? 0), 0);
  if (values.length < 2 || most === 0) return null;
  const width = WIDTH / values.length;
  return (
    <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {values.map((value, at) => {
        const height = value === null || value === 0 ? 0 : Math.max(1, (value / most) * HEIGHT);
        return (
          <rect
            // Places in time: they have no other name.
            key={`${at}`}
            x={at * width}
            y={HEIGHT - height}
            width={Math.max(1, width - 1)}
            height={height}
            fill={vars.palette.series.heap}
          />
        );
      })}
    </svg>
  );
}
