import ButtonBase from '@mui/material/ButtonBase';
import { styled } from '@mui/material/styles';

/** A job in the top bar: its title, how far it is, and a line of progress. */
export const ChipButton = styled(ButtonBase)(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: 'minmax(0, 1fr)',
  justifyItems: 'start',
  width: 190,
  padding: '3px 10px',
  borderRadius: 6,
  border: `1px solid ${theme.vars.palette.divider}`,
  font: 'inherit',
  textAlign: 'start',
  position: 'relative',
  overflow: 'hidden',
  '& .title': {
    width: '100%',
    fontSize: '0.8125rem',
    fontWeight: 600,
    lineHeight: 1.35,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
  '& .state': { ...theme.typography.caption, lineHeight: 1.3, color: theme.vars.palette.text.secondary },
  '& .bar': { position: 'absolute', insetInline: 0, insetBlockEnd: 0, height: 3 },
  '&:hover': { background: theme.vars.palette.row.hover },
  '&:focus-visible': { outline: `2px solid ${theme.vars.palette.primary.main}`, outlineOffset: 1 },
}));
