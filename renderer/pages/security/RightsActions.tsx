import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { type ReactElement, useState } from 'react';
import type { ActionOf } from '#shared/model/plan-request.ts';
import { PlanButtons } from '#renderer/app/plan/PlanButtons.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';

type On = ActionOf<'grant'>['on'];

interface Props {
  readonly connectionId: string;
  readonly on: On;
  /** 0 = this database. */
  readonly oid: number;
  /** Those that may be given to. */
  readonly roles: readonly string[];
}

/** Gives one right on an object to a role, or takes it away. */
export function RightsActions({ connectionId, on, oid, roles }: Props): ReactElement {
  const rights = RIGHTS[on];
  const [role, setRole] = useState(PUBLIC);
  const [right, setRight] = useState(rights[0] ?? '');
  const request = { on, oid, privileges: [right], role: role === PUBLIC ? null : role };
  return (
    <PlanButtons title="Rights">
      <TextField
        select
        label="Right"
        value={right}
        onChange={(event) => setRight(event.target.value)}
        sx={{ minWidth: 130 }}
      >
        {rights.map((known) => (
          <MenuItem key={known} value={known}>
            {known}
          </MenuItem>
        ))}
      </TextField>
      <TextField
        select
        label="Role"
        value={role}
        onChange={(event) => setRole(event.target.value)}
        sx={{ flex: '1 1 160px', maxWidth: 240 }}
      >
        <MenuItem value={PUBLIC}>PUBLIC: every role</MenuItem>
        {roles.map((known) => (
          <MenuItem key={known} value={known}>
            <bdi>{visible(known)}</bdi>
          </MenuItem>
        ))}
      </TextField>
      <RunPlanButton connectionId={connectionId} request={{ verb: 'grant', ...request }}>
        Grant…
      </RunPlanButton>
      <RunPlanButton connectionId={connectionId} request={{ verb: 'revoke', ...request }}>
        Revoke…
      </RunPlanButton>
    </PlanButtons>
  );
}

/** No role has an empty name. */
const PUBLIC = '';

/** What there is to grant; MAINTAIN is refused by name before 17. */
const RIGHTS: Readonly<Record<On, readonly string[]>> = {
  table: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN'],
  sequence: ['USAGE', 'SELECT', 'UPDATE'],
  schema: ['USAGE', 'CREATE'],
  function: ['EXECUTE'],
  database: ['CONNECT', 'CREATE', 'TEMPORARY'],
};
