import CheckIcon from '@mui/icons-material/Check';
import Chip from '@mui/material/Chip';
import ListItemIcon from '@mui/material/ListItemIcon';
import MenuItem from '@mui/material/MenuItem';
import MenuList from '@mui/material/MenuList';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { type ReactElement, type ReactNode, useId, useRef } from 'react';
import { formatCount } from '#shared/model/format.ts';
import { visible } from '#renderer/components/ObjectName.tsx';

export interface Offer<Item> {
  readonly item: Item;
  /** What is known of it, at the end of its line. */
  readonly figures: ReactNode;
}

interface Props<Item> {
  readonly label: string;
  readonly chosen: readonly Item[];
  readonly onChange: (chosen: readonly Item[]) => void;
  /** Different for different items. */
  readonly titleOf: (item: Item) => string;
  /** Those of the typed letters, as many as are shown. */
  readonly offers: readonly Offer<Item>[];
  /** They are still those of the letters before: Enter must not take one of them. */
  readonly isStale?: boolean;
  /** How many have these letters. */
  readonly total: number;
  readonly typed: string;
  readonly onType: (typed: string) => void;
  /** In place of offers where there are none. */
  readonly none: ReactNode;
}

/** Some of many names: all are listed, letters narrow them, and each is taken or given back by a press. */
export function NamePicker<Item>(props: Props<Item>): ReactElement {
  const { label, chosen, onChange, titleOf, offers, isStale = false, total, typed, onType, none } = props;
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const titles = new Set(chosen.map(titleOf));
  const toggle = (item: Item): void => {
    const title = titleOf(item);
    onChange(titles.has(title) ? chosen.filter((other) => titleOf(other) !== title) : [...chosen, item]);
  };
  const more = total - offers.length;
  return (
    <Root>
      {chosen.length > 0 && (
        <div className="chosen" role="group" aria-label="Chosen">
          {chosen.map((item) => (
            <Chip
              key={titleOf(item)}
              size="small"
              label={visible(titleOf(item))}
              onDelete={() => toggle(item)}
            />
          ))}
        </div>
      )}
      <TextField
        size="small"
        label={label}
        value={typed}
        onChange={(event) => onType(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') {
            event.preventDefault();
            list.current?.querySelector<HTMLElement>('[role=menuitemcheckbox]')?.focus();
          }
          if (event.key !== 'Enter') return;
          event.preventDefault();
          const first = offers.find(({ item }) => !titles.has(titleOf(item)));
          if (isStale || typed.trim() === '' || first === undefined) return;
          toggle(first.item);
          onType('');
        }}
        slotProps={{ htmlInput: { spellCheck: false, autoComplete: 'off', 'aria-describedby': id } }}
      />
      <div className="offers">
        {offers.length > 0 ? (
          <MenuList ref={list} dense aria-label="Found" disablePadding>
            {offers.map(({ item, figures }) => {
              const title = titleOf(item);
              return (
                <MenuItem
                  key={title}
                  role="menuitemcheckbox"
                  aria-checked={titles.has(title)}
                  onClick={() => toggle(item)}
                >
                  <ListItemIcon>{titles.has(title) && <CheckIcon fontSize="small" />}</ListItemIcon>
                  <bdi className="title">{visible(title)}</bdi>
                  <span className="figures">{figures}</span>
                </MenuItem>
              );
            })}
          </MenuList>
        ) : (
          <span className="none">{none}</span>
        )}
      </div>
      <span id={id} className="hint">
        {more > 0 && `${formatCount(more)} more: type letters of their names. `}
        {typed.trim() === '' ? 'Letters narrow the list.' : offers.length > 0 && 'Enter takes the first one.'}
      </span>
    </Root>
  );
}

const Root = styled('div')(({ theme }) => ({
  display: 'grid',
  gap: 6,
  gridTemplateColumns: 'minmax(0, 1fr)',
  paddingInlineStart: 28,
  '& .chosen': { display: 'flex', flexWrap: 'wrap', gap: 4 },
  '& .offers': {
    maxHeight: 168,
    overflow: 'auto',
    border: `1px solid ${theme.vars.palette.divider}`,
    borderRadius: 6,
  },
  '& .none': { display: 'block', padding: '6px 12px', color: theme.vars.palette.text.secondary },
  '& .hint': { ...theme.typography.caption, color: theme.vars.palette.text.secondary },
  '& .MuiMenuItem-root': { whiteSpace: 'normal', overflowWrap: 'anywhere', gap: 8 },
  '& .MuiMenuItem-root .MuiListItemIcon-root': { minWidth: 20 },
  '& .title': { flex: 1, minWidth: 0 },
  '& .figures': {
    color: theme.vars.palette.text.secondary,
    fontVariantNumeric: 'tabular-nums',
    textAlign: 'end',
  },
}));
