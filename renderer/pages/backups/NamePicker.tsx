import Chip from '@mui/material/Chip';
import MenuItem from '@mui/material/MenuItem';
import MenuList from '@mui/material/MenuList';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { type ReactElement, useId, useState } from 'react';
import { visible } from '#renderer/components/ObjectName.tsx';

interface Props<Item> {
  readonly label: string;
  readonly chosen: readonly Item[];
  readonly onChange: (chosen: readonly Item[]) => void;
  readonly titleOf: (item: Item) => string;
  /** What could be added for these words. */
  readonly offered: readonly Item[];
  readonly typed: string;
  readonly onType: (typed: string) => void;
  /** In place of offers where there are none. */
  readonly none: string;
}

/** Some of many names: typed, offered, taken one by one. */
export function NamePicker<Item>(props: Props<Item>): ReactElement {
  const { label, chosen, onChange, titleOf, offered, typed, onType, none } = props;
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const names = new Set(chosen.map(titleOf));
  const more = offered.filter((item) => !names.has(titleOf(item))).slice(0, MOST_OFFERED);
  const add = (item: Item): void => onChange([...chosen, item]);
  return (
    <Root>
      {chosen.length > 0 && (
        <div className="chosen" role="group" aria-label="Chosen">
          {chosen.map((item) => (
            <Chip
              key={titleOf(item)}
              size="small"
              label={visible(titleOf(item))}
              onDelete={() => onChange(chosen.filter((other) => titleOf(other) !== titleOf(item)))}
            />
          ))}
        </div>
      )}
      <TextField
        size="small"
        label={label}
        value={typed}
        onFocus={() => setOpen(true)}
        onChange={(event) => onType(event.target.value)}
        onKeyDown={(event) => {
          const [first] = more;
          if (event.key !== 'Enter') return;
          event.preventDefault();
          if (first === undefined) return;
          add(first);
          onType('');
        }}
        slotProps={{ htmlInput: { spellCheck: false, autoComplete: 'off', 'aria-describedby': id } }}
      />
      {isOpen && (
        <div className="offers">
          {more.length > 0 ? (
            <MenuList dense aria-label="Found" disablePadding>
              {more.map((item) => (
                <MenuItem key={titleOf(item)} onClick={() => add(item)}>
                  {visible(titleOf(item))}
                </MenuItem>
              ))}
            </MenuList>
          ) : (
            <span className="none">{none}</span>
          )}
        </div>
      )}
      <span id={id} className="hint">
        Enter takes the first one found.
      </span>
    </Root>
  );
}

const MOST_OFFERED = 40;

const Root = styled('div')(({ theme }) => ({
  display: 'grid',
  gap: 6,
  gridTemplateColumns: 'minmax(0, 1fr)',
  paddingInlineStart: 28,
  '& .chosen': { display: 'flex', flexWrap: 'wrap', gap: 4 },
  '& .offers': {
    maxHeight: 148,
    overflow: 'auto',
    border: `1px solid ${theme.vars.palette.divider}`,
    borderRadius: 6,
  },
  '& .none': { display: 'block', padding: '6px 12px', color: theme.vars.palette.text.secondary },
  '& .hint': { ...theme.typography.caption, color: theme.vars.palette.text.secondary },
  '& .MuiMenuItem-root': { whiteSpace: 'normal', overflowWrap: 'anywhere' },
}));
