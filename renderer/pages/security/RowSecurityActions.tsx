import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { type ReactElement, useState } from 'react';
import type { RowSecurityRow } from '#shared/model/security.ts';
import { PlanButtons } from '#renderer/app/plan/PlanButtons.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';

interface Props {
  readonly connectionId: string;
  readonly detail: Pick<RowSecurityRow, 'oid' | 'isEnabled'>;
}

type Template = 'owner' | 'setting';

/** Row security on or off, and a policy from a template: the two common ways to say whose a row is. */
export function RowSecurityActions({ connectionId, detail }: Props): ReactElement {
  const [template, setTemplate] = useState<Template>('owner');
  const [column, setColumn] = useState('');
  const [setting, setSetting] = useState('');
  const { oid, isEnabled } = detail;
  const isWhole =
    column.trim() !== '' && (template === 'owner' || /^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)?$/.test(setting));
  return (
    <>
      <PlanButtons>
        <RunPlanButton
          connectionId={connectionId}
          request={{ verb: 'row-security', table: oid, isEnabled: !isEnabled }}
        >
          {isEnabled ? 'Turn row security off…' : 'Turn row security on…'}
        </RunPlanButton>
      </PlanButtons>
      <PlanButtons title="A policy from a template">
        <TextField
          select
          label="A row belongs to"
          value={template}
          onChange={(event) => setTemplate(event.target.value === 'setting' ? 'setting' : 'owner')}
          sx={{ minWidth: 220 }}
        >
          <MenuItem value="owner">the role named in a column</MenuItem>
          <MenuItem value="setting">who a setting of the session names</MenuItem>
        </TextField>
        <TextField
          label="Column"
          value={column}
          onChange={(event) => setColumn(event.target.value)}
          slotProps={{ htmlInput: { spellCheck: false, autoCapitalize: 'off' } }}
          sx={{ width: 160 }}
        />
        {template === 'setting' && (
          <TextField
            label="Setting"
            placeholder="app.user_id"
            value={setting}
            onChange={(event) => setSetting(event.target.value)}
            slotProps={{ htmlInput: { spellCheck: false, autoCapitalize: 'off' } }}
            sx={{ width: 160 }}
          />
        )}
        <RunPlanButton
          connectionId={connectionId}
          isOff={!isWhole}
          request={{
            verb: 'create-policy',
            table: oid,
            template,
            column: column.trim(),
            setting: template === 'setting' ? setting : null,
          }}
        >
          Create the policy…
        </RunPlanButton>
      </PlanButtons>
    </>
  );
}
