import TextField from '@mui/material/TextField';
import { type ReactElement, useState } from 'react';
import type { SettingRow } from '#shared/model/settings.ts';
import { PlanButtons } from '#renderer/app/plan/PlanButtons.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';

interface Props {
  readonly connectionId: string;
  readonly setting: SettingRow;
}

/** Another value for the whole server, or the one of the files again. */
export function SettingChange({ connectionId, setting }: Props): ReactElement {
  const { name, value } = setting;
  const [wanted, setWanted] = useState(value ?? '');
  return (
    <PlanButtons title="Change it for the server">
      <TextField
        label="New value"
        value={wanted}
        onChange={(event) => setWanted(event.target.value)}
        slotProps={{ htmlInput: { spellCheck: false, autoCapitalize: 'off', autoComplete: 'off' } }}
        sx={{ flex: '1 1 180px', maxWidth: 320 }}
      />
      <RunPlanButton connectionId={connectionId} request={{ verb: 'server-setting', name, value: wanted }}>
        Change…
      </RunPlanButton>
      <RunPlanButton connectionId={connectionId} request={{ verb: 'server-setting', name, value: null }}>
        Reset…
      </RunPlanButton>
    </PlanButtons>
  );
}
