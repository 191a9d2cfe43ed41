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
  // One path: tables have a hundred of these.
  const bars = values.flatMap((value, at) => {
    if (value === null || value === 0) return [];
    const height = Math.max(1, (value / most) * HEIGHT);
    return [`M${at * width} ${HEIGHT}v${-height}h${Math.max(1, width - 1)}v${height}z`];
  });
  return (
    <svg
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      style={{ verticalAlign: 'middle' }}
      aria-hidden="true"
    >
      <path d={bars.join('')} fill={vars.palette.series.heap} />
    </svg>
  );
}
