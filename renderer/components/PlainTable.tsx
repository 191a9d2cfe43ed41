import { styled } from '@mui/material/styles';

/** A short table that is all there: no sorting, no keyboard of its own. */
export const PlainTable = styled('table')(({ theme }) => ({
  width: '100%',
  borderCollapse: 'collapse',
  '& th': {
    ...theme.typography.caption,
    fontWeight: 600,
    textAlign: 'start',
    color: theme.vars.palette.text.secondary,
    whiteSpace: 'nowrap',
  },
  '& th, & td': { padding: '5px 10px', borderBottom: `1px solid ${theme.vars.palette.divider}` },
  '& th:first-of-type, & td:first-of-type': { paddingInlineStart: 0 },
  '& th:last-of-type, & td:last-of-type': { paddingInlineEnd: 0 },
  '& tbody tr:last-of-type td': { borderBottom: 0 },
  '& .number': { textAlign: 'end', whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' },
  '& td': { overflowWrap: 'anywhere' },
  '& .name': { maxWidth: 0, width: '60%' },
}));
