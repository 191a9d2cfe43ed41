import TextField from '@mui/material/TextField';
import { type ReactElement, useState } from 'react';
import type { RoleSettingRow } from '#shared/model/security.ts';
import { PlanButtons } from '#renderer/app/plan/PlanButtons.tsx';
import { RoleSettingsTable } from '#renderer/app/plan/RoleSettingsTable.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';

interface Props {
  readonly connectionId: string;
  readonly role: string;
  /** Null = not readable. */
  readonly settings: readonly RoleSettingRow[] | null;
}

/** What sessions of this role begin with, and another value for it. */
export function RoleSettings({ connectionId, role, settings }: Props): ReactElement {
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  return (
    <>
      {settings !== null && settings.length > 0 && (
        <DrawerSection title="Settings of its own">
          <RoleSettingsTable
            connectionId={connectionId}
            heads={['Setting', 'Value', 'Database']}
            rows={settings.map(({ name: own, value: text, database }) => ({
              cells: [own, text, database ?? 'every database'],
              reset: database === null ? { role, name: own, says: `Reset ${own}…` } : null,
            }))}
          />
        </DrawerSection>
      )}
      <PlanButtons title="Another setting for it">
        <TextField
          label="Setting"
          placeholder="statement_timeout"
          value={name}
          onChange={(event) => setName(event.target.value)}
          slotProps={{ htmlInput: PLAIN }}
          sx={{ flex: '1 1 180px', maxWidth: 240 }}
        />
        <TextField
          label="Value"
          placeholder="30s"
          value={value}
          onChange={(event) => setValue(event.target.value)}
          slotProps={{ htmlInput: PLAIN }}
          sx={{ width: 150 }}
        />
        <RunPlanButton
          connectionId={connectionId}
          isOff={!SETTING.test(name.trim())}
          request={{ verb: 'role-setting', role, name: name.trim(), value }}
        >
          Set…
        </RunPlanButton>
      </PlanButtons>
    </>
  );
}

const PLAIN = { spellCheck: false, autoCapitalize: 'off', autoComplete: 'off' } as const;
/** As the contract takes it. */
const SETTING = /^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)?$/;
