import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import type { ReactElement } from 'react';
import { formatDuration } from '#shared/model/format.ts';
import { type ActivityRefresh, FAST_SECONDS, useActivityPage } from '#renderer/state/activity-page.ts';
import { usePreferences } from '#renderer/state/preferences.ts';

/** How often this page reads, beside what all pages do. */
export function RefreshChoice(): ReactElement {
  const { refresh, setRefresh } = useActivityPage();
  const everywhere = usePreferences((state) => state.refreshSeconds);
  return (
    <TextField
      select
      size="small"
      value={refresh}
      onChange={(event) => {
        const chosen = CHOICES.find((choice) => choice === event.target.value);
        if (chosen) setRefresh(chosen);
      }}
      slotProps={{ htmlInput: { 'aria-label': 'Refresh of this page' } }}
    >
      <MenuItem value="as everywhere">
        As all pages ({everywhere === 0 ? 'when asked' : `every ${formatDuration(everywhere * 1000)}`})
      </MenuItem>
      <MenuItem value="fast">This page every {formatDuration(FAST_SECONDS * 1000)}</MenuItem>
      <MenuItem value="paused">This page paused</MenuItem>
    </TextField>
  );
}

const CHOICES: readonly ActivityRefresh[] = ['as everywhere', 'fast', 'paused'];
