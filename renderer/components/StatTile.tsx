import { styled } from '@mui/material/styles';
import type { ReactElement, ReactNode } from 'react';

/** Key figures side by side; wraps, never scrolls. */
export const StatStrip = styled('dl')(({ theme }) => ({
  display: 'grid',
  // Divisors of twelve and of six: no row of tiles ends in a hole.
  gridTemplateColumns: 'repeat(2, minmax(0, 1fr))',
  [theme.breakpoints.up(560)]: { gridTemplateColumns: 'repeat(3, minmax(0, 1fr))' },
  [theme.breakpoints.up(900)]: { gridTemplateColumns: 'repeat(6, minmax(0, 1fr))' },
  gap: 1,
  margin: 0,
  overflow: 'hidden',
  borderRadius: 8,
  border: `1px solid ${theme.vars.palette.divider}`,
  background: theme.vars.palette.divider,
}));

interface Props {
  readonly label: string;
  readonly value: ReactNode;
  /** Smaller words under the figure. */
  readonly note?: ReactNode;
}

export function StatTile({ label, value, note }: Props): ReactElement {
  return (
    <Root>
      <dt>{label}</dt>
      <dd className="value">{value}</dd>
      {note !== undefined && <dd className="note">{note}</dd>}
    </Root>
  );
}

const Root = styled('div')(({ theme }) => ({
  minWidth: 0,
  padding: '8px 12px',
  background: theme.vars.palette.background.paper,
  '& dt': { ...theme.typography.caption, color: theme.vars.palette.text.secondary },
  '& dd': { margin: 0 },
  '& .value': { fontSize: '1.0625rem', fontWeight: 650, lineHeight: 1.35, whiteSpace: 'nowrap' },
  '& .note': {
    ...theme.typography.caption,
    color: theme.vars.palette.text.secondary,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
}));
