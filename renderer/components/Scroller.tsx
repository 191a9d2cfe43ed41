import { styled } from '@mui/material/styles';

/** Around a table that may be wider than a small window: it scrolls inside itself. Give it a role, a label and tabIndex 0. */
export const Scroller = styled('div')(({ theme }) => ({
  overflowX: 'auto',
  minWidth: 0,
  '&:focus-visible': { outline: `2px solid ${theme.vars.palette.primary.main}`, outlineOffset: 2 },
}));
