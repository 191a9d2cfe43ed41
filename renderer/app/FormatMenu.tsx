import Button from '@mui/material/Button';
import ListItemText from '@mui/material/ListItemText';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { type ReactElement, type ReactNode, useState } from 'react';

export interface FormatChoice<Format extends string> {
  readonly format: Format;
  readonly title: string;
  readonly for: string;
}

interface Props<Format extends string> {
  /** Of the button. */
  readonly children: string;
  readonly icon?: ReactNode;
  /** What the list is called. */
  readonly label: string;
  readonly formats: readonly FormatChoice<Format>[];
  readonly isBusy: boolean;
  readonly onChoose: (format: Format) => void;
}

/** A button that asks in which format, each with what it is for. */
export function FormatMenu<Format extends string>(props: Props<Format>): ReactElement {
  const { children, icon, label, formats, isBusy, onChoose } = props;
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <Button
        color="inherit"
        variant="outlined"
        startIcon={icon}
        aria-haspopup="menu"
        disabled={isBusy}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        {children}
      </Button>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => setAnchor(null)}
        slotProps={{ list: { 'aria-label': label } }}
      >
        {formats.map(({ format, title, for: purpose }) => (
          <MenuItem
            key={format}
            onClick={() => {
              setAnchor(null);
              onChoose(format);
            }}
          >
            <ListItemText primary={title} secondary={purpose} />
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
