import ClearIcon from '@mui/icons-material/Close';
import SearchIcon from '@mui/icons-material/SearchOutlined';
import IconButton from '@mui/material/IconButton';
import InputAdornment from '@mui/material/InputAdornment';
import InputBase from '@mui/material/InputBase';
import { styled } from '@mui/material/styles';
import type { KeyboardEvent, ReactElement } from 'react';

/** The input with this attribute is where Ctrl+F goes. */
export const FILTER_ATTRIBUTE = 'data-page-filter';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** The filter that Ctrl+F goes to; Esc empties it. */
export function FilterField({ label, value, onChange }: Props): ReactElement {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || value === '') return;
    event.stopPropagation();
    onChange('');
  };
  return (
    <Root
      value={value}
      placeholder={label}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={onKeyDown}
      inputProps={{ 'aria-label': label, spellCheck: false, [FILTER_ATTRIBUTE]: '' }}
      startAdornment={
        <InputAdornment position="start">
          <SearchIcon fontSize="small" />
        </InputAdornment>
      }
      endAdornment={
        value !== '' && (
          <IconButton aria-label="Clear the filter" onClick={() => onChange('')}>
            <ClearIcon fontSize="small" />
          </IconButton>
        )
      }
    />
  );
}

const Root = styled(InputBase)(({ theme }) => ({
  width: 260,
  maxWidth: '100%',
  height: 32,
  padding: '0 4px 0 10px',
  fontSize: '0.8125rem',
  borderRadius: 6,
  border: `1px solid ${theme.vars.palette.divider}`,
  background: theme.vars.palette.background.paper,
  '&.Mui-focused': {
    borderColor: theme.vars.palette.primary.main,
    boxShadow: `0 0 0 1px ${theme.vars.palette.primary.main}`,
  },
  '& input::placeholder': { color: theme.vars.palette.text.secondary, opacity: 1 },
}));
