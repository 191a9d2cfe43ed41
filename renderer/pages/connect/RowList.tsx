import { styled } from '@mui/material/styles';

/** Connections, one below the other: `.name` and `.facts`, with `.buttons` at the end, and below both what came of it when it was `.tried`. */
export const RowList = styled('ul')(({ theme }) => ({
  margin: 0,
  padding: 0,
  listStyle: 'none',
  border: `1px solid ${theme.vars.palette.divider}`,
  borderRadius: 6,
  '& > li': {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) auto',
    alignItems: 'center',
    gap: '2px 12px',
    padding: '8px 8px 8px 12px',
  },
  '& > li + li': { borderTop: `1px solid ${theme.vars.palette.divider}` },
  '& .name': { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '2px 8px', fontWeight: 600 },
  '& .name, & .facts': { gridColumn: 1, minWidth: 0, overflowWrap: 'anywhere' },
  '& .facts': {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '0 12px',
    ...theme.typography.caption,
    color: theme.vars.palette.text.secondary,
  },
  '& .facts bdi': { minWidth: 0, color: theme.vars.palette.text.primary },
  '& .tried': { gridColumn: '1 / -1', display: 'grid', gap: 12, padding: '6px 4px 4px 0' },
  '& .buttons': { gridColumn: 2, gridRow: '1 / span 2', display: 'flex', alignItems: 'center', gap: 4 },
}));
