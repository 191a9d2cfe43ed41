import { styled } from '@mui/material/styles';

/** Short results with a mark in front, in as many columns as fit. */
export const CheckList = styled('ul')(({ theme }) => ({
  margin: 0,
  padding: 0,
  listStyle: 'none',
  display: 'grid',
  gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 380px), 1fr))',
  gap: '6px 24px',
  '& li': { display: 'grid', gridTemplateColumns: '16px 1fr', gap: 10, alignItems: 'start' },
  '& svg': { marginTop: 2 },
  '& strong': { fontWeight: 600 },
  '& strong + span': { color: theme.vars.palette.text.secondary },
}));
