import CheckIcon from '@mui/icons-material/Check';
import ThemeIcon from '@mui/icons-material/ContrastOutlined';
import Divider from '@mui/material/Divider';
import IconButton from '@mui/material/IconButton';
import ListItemIcon from '@mui/material/ListItemIcon';
import ListItemText from '@mui/material/ListItemText';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { useColorScheme } from '@mui/material/styles';
import Tooltip from '@mui/material/Tooltip';
import { type ReactElement, useState } from 'react';
import { formatDuration } from '#shared/model/format.ts';
import { type Density, REFRESH_SECONDS, usePreferences } from '../state/preferences.ts';

export const MODES = [
  { mode: 'light', title: 'Light' },
  { mode: 'dark', title: 'Dark' },
  { mode: 'system', title: 'Like the system' },
] as const;

const DENSITIES: readonly { readonly density: Density; readonly title: string }[] = [
  { density: 'compact', title: 'Compact rows' },
  { density: 'comfortable', title: 'Comfortable rows' },
];

/** Colours, density, and how often pages read again. */
export function ViewMenu(): ReactElement {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const { mode, setMode } = useColorScheme();
  const { density, setDensity, refreshSeconds, setRefreshSeconds } = usePreferences();
  return (
    <>
      <Tooltip title="Appearance and refresh">
        <IconButton
          aria-label="Appearance and refresh"
          aria-haspopup="menu"
          onClick={(event) => setAnchor(event.currentTarget)}
        >
          <ThemeIcon fontSize="small" />
        </IconButton>
      </Tooltip>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => setAnchor(null)}
        slotProps={{ list: { 'aria-label': 'Appearance and refresh' } }}
      >
        {MODES.map((choice) => (
          <Choice
            key={choice.mode}
            isChosen={mode === choice.mode}
            title={choice.title}
            onChoose={() => setMode(choice.mode)}
          />
        ))}
        <Divider />
        {DENSITIES.map((choice) => (
          <Choice
            key={choice.density}
            isChosen={density === choice.density}
            title={choice.title}
            onChoose={() => setDensity(choice.density)}
          />
        ))}
        <Divider />
        {REFRESH_SECONDS.map((seconds) => (
          <Choice
            key={seconds}
            isChosen={refreshSeconds === seconds}
            title={
              seconds === 0 ? 'Refresh only when asked' : `Refresh every ${formatDuration(seconds * 1000)}`
            }
            onChoose={() => setRefreshSeconds(seconds)}
          />
        ))}
      </Menu>
    </>
  );
}

interface ChoiceProps {
  readonly isChosen: boolean;
  readonly title: string;
  readonly onChoose: () => void;
}

function Choice({ isChosen, title, onChoose }: ChoiceProps): ReactElement {
  return (
    <MenuItem role="menuitemradio" aria-checked={isChosen} onClick={onChoose}>
      <ListItemIcon>{isChosen && <CheckIcon fontSize="small" />}</ListItemIcon>
      <ListItemText>{title}</ListItemText>
    </MenuItem>
  );
}
