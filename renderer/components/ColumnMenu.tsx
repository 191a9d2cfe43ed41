import CheckIcon from '@mui/icons-material/Check';
import ColumnsIcon from '@mui/icons-material/ViewColumnOutlined';
import Divider from '@mui/material/Divider';
import IconButton from '@mui/material/IconButton';
import ListItemIcon from '@mui/material/ListItemIcon';
import ListItemText from '@mui/material/ListItemText';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import Tooltip from '@mui/material/Tooltip';
import { type ReactElement, useMemo, useState } from 'react';
import { usePreferences } from '../state/preferences.ts';

interface NamedColumn {
  readonly id: string;
  readonly header: string;
  /** Hidden until it is chosen. */
  readonly isExtra?: boolean;
}

/** The columns of the table with this label that this person wants to see; the first, which names the row, always. */
export function useShownColumns<Column extends NamedColumn>(
  label: string,
  columns: readonly Column[],
): readonly Column[] {
  const hidden = useHidden(label, columns);
  return useMemo(
    () => columns.filter((column, at) => at === 0 || !hidden.includes(column.id)),
    [columns, hidden],
  );
}

function useHidden(label: string, columns: readonly NamedColumn[]): readonly string[] {
  const chosen = usePreferences((state) => state.hiddenColumns[label]);
  return useMemo(
    () => chosen ?? columns.filter((column) => column.isExtra).map((column) => column.id),
    [chosen, columns],
  );
}

interface Props {
  readonly label: string;
  readonly columns: readonly NamedColumn[];
}

/** Hides and shows columns of one table; kept for the next time. */
export function ColumnMenu({ label, columns }: Props): ReactElement {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const hidden = useHidden(label, columns);
  const hide = usePreferences((state) => state.hideColumns);
  const name = `Columns of ${label}`;
  return (
    <>
      <Tooltip title={hidden.length === 0 ? 'Choose columns' : `Choose columns (${hidden.length} hidden)`}>
        <IconButton
          aria-label={name}
          aria-haspopup="menu"
          color={hidden.length === 0 ? 'default' : 'primary'}
          onClick={(event) => setAnchor(event.currentTarget)}
        >
          <ColumnsIcon fontSize="small" />
        </IconButton>
      </Tooltip>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => setAnchor(null)}
        // Inside the page's landmark, where a screen reader looks for it.
        disablePortal
        slotProps={{ list: { 'aria-label': name } }}
      >
        {columns.slice(1).map(({ id, header }) => {
          const isShown = !hidden.includes(id);
          return (
            <MenuItem
              key={id}
              role="menuitemcheckbox"
              aria-checked={isShown}
              onClick={() => hide(label, isShown ? [...hidden, id] : hidden.filter((other) => other !== id))}
            >
              <ListItemIcon>{isShown && <CheckIcon fontSize="small" />}</ListItemIcon>
              <ListItemText>{header}</ListItemText>
            </MenuItem>
          );
        })}
        <Divider />
        <MenuItem disabled={hidden.length === 0} onClick={() => hide(label, [])}>
          <ListItemText inset>Show all</ListItemText>
        </MenuItem>
      </Menu>
    </>
  );
}
