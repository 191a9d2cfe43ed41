import Dialog from '@mui/material/Dialog';
import { styled } from '@mui/material/styles';
import { Command } from 'cmdk';
import { type ReactElement, useState } from 'react';
import { visible } from '../components/ObjectName.tsx';
import { type PaletteEntry, rankEntries } from './palette-entries.ts';
import type { Overlay } from './overlay.ts';
import { usePaletteEntries } from './use-palette-entries.ts';

interface Props {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onOverlay: (overlay: Overlay) => void;
}

/** Everything one can go to or do, found by typing. */
export function Palette({ isOpen, onClose, onOverlay }: Props): ReactElement {
  return (
    <Dialog
      open={isOpen}
      onClose={onClose}
      maxWidth="sm"
      fullWidth
      slotProps={{
        paper: { 'aria-label': 'Command palette' },
        container: { sx: { alignItems: 'flex-start', pt: '8vh' } },
      }}
    >
      <PaletteList onClose={onClose} onOverlay={onOverlay} />
    </Dialog>
  );
}

function PaletteList({ onClose, onOverlay }: Omit<Props, 'isOpen'>): ReactElement {
  const [text, setText] = useState('');
  const entries = usePaletteEntries(onOverlay, text);
  const groups = Map.groupBy(rankEntries(entries, text), (entry) => entry.group);
  const run = (entry: PaletteEntry): void => {
    onClose();
    entry.run();
  };
  return (
    <Root label="Command palette" shouldFilter={false} loop>
      <Command.Input
        autoFocus
        value={text}
        onValueChange={setText}
        placeholder="Go to a page, table or finding, or do something…"
      />
      <Command.List label="Results">
        {[...groups].map(([group, members]) => (
          <Command.Group key={group} heading={group}>
            {members.map((entry) => (
              <Command.Item key={entry.id} value={entry.id} onSelect={() => run(entry)}>
                <bdi className="title">{visible(entry.title)}</bdi>
                {entry.hint && <bdi className="hint">{visible(entry.hint)}</bdi>}
              </Command.Item>
            ))}
          </Command.Group>
        ))}
        {groups.size === 0 && <Command.Empty>Nothing matches “{text}”.</Command.Empty>}
      </Command.List>
    </Root>
  );
}

const Root = styled(Command)(({ theme }) => ({
  display: 'flex',
  flexDirection: 'column',
  maxHeight: '70vh',
  '& [cmdk-input]': {
    ...theme.typography.body1,
    fontSize: '0.9375rem',
    padding: '14px 18px',
    border: 0,
    outline: 'none',
    background: 'transparent',
    color: theme.vars.palette.text.primary,
    borderBottom: `1px solid ${theme.vars.palette.divider}`,
  },
  '& [cmdk-input]::placeholder': { color: theme.vars.palette.text.secondary, opacity: 1 },
  '& [cmdk-list]': { overflow: 'auto', padding: 8 },
  '& [cmdk-group-heading]': {
    ...theme.typography.caption,
    fontWeight: 600,
    padding: '8px 10px 4px',
    color: theme.vars.palette.text.secondary,
  },
  '& [cmdk-item]': {
    display: 'flex',
    alignItems: 'center',
    gap: 12,
    minHeight: 32,
    padding: '0 10px',
    borderRadius: 6,
    cursor: 'default',
  },
  '& [cmdk-item][data-selected="true"]': { background: theme.vars.palette.row.active },
  '& .title': { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  '& .hint': {
    marginInlineStart: 'auto',
    flex: 'none',
    maxWidth: '45%',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    ...theme.typography.caption,
    color: theme.vars.palette.text.secondary,
  },
  '& [cmdk-empty]': { padding: '20px 10px', color: theme.vars.palette.text.secondary },
}));
