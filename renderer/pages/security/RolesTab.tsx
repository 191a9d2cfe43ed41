import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Box from '@mui/material/Box';
import type { ReactElement } from 'react';
import { formatCount } from '#shared/model/format.ts';
import type { RoleRow } from '#shared/model/security.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { PlanButtons } from '#renderer/app/plan/PlanButtons.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { RoleSettings } from './RoleSettings.tsx';
import { ROLE_COLUMNS } from './security-columns.tsx';
import { Fact, SecurityTable } from './SecurityTable.tsx';

interface Props {
  readonly connectionId: string;
  readonly roles: readonly RoleRow[];
}

/** Roles and what they may; those that PostgreSQL and services bring along only on request. */
export function RolesTab({ connectionId, roles }: Props): ReactElement {
  const { get, set } = useAddressState();
  const isAll = get('system') === 'yes';
  const shown = isAll ? roles : roles.filter((role) => !role.isSystem || role.verdicts.length > 0);
  return (
    <SecurityTable
      connectionId={connectionId}
      label="Roles"
      rows={shown}
      columns={ROLE_COLUMNS}
      toolbar={
        <>
          <FormControlLabel
            control={
              <Checkbox
                size="small"
                checked={isAll}
                onChange={(_, on) => set({ system: on ? 'yes' : null }, { replace: true })}
              />
            }
            label="PostgreSQL's own too"
          />
          <span role="status">
            {formatCount(shown.length)} of {formatCount(roles.length)} shown
          </span>
        </>
      }
      more={(role) => <RoleDetails connectionId={connectionId} role={role} />}
    />
  );
}

function RoleDetails({
  connectionId,
  role,
}: {
  readonly connectionId: string;
  readonly role: RoleRow;
}): ReactElement {
  const lines: readonly (readonly [string, string])[] = [
    ['Sessions now', formatCount(role.sessionsNow)],
    ['Last login', 'PostgreSQL does not record it'],
    ['Connection limit', role.connectionLimit < 0 ? 'none' : formatCount(role.connectionLimit)],
    ['Owns here', `${formatCount(role.owns)} objects`],
    ['Reaches through others', role.reaches.join(', ') || '–'],
    ['Its members', role.members.join(', ') || '–'],
  ];
  return (
    <>
      <Box component="dl" sx={{ m: 0, display: 'grid', gridTemplateColumns: '38% 1fr', gap: '6px 12px' }}>
        {lines.map(([label, text]) => (
          <Fact key={label} label={label} text={text} />
        ))}
      </Box>
      {role.canLogin && !role.isSystem && (
        <PlanButtons>
          <RunPlanButton connectionId={connectionId} request={{ verb: 'rotate-password', role: role.name }}>
            New password…
          </RunPlanButton>
        </PlanButtons>
      )}
      {!role.isSystem && (
        <RoleSettings connectionId={connectionId} role={role.name} settings={role.settings} />
      )}
      {role.memberOf.length > 0 && (
        <DrawerSection title="Member of">
          <PlainTable>
            <thead>
              <tr>
                <th scope="col">Role</th>
                <th scope="col">Has its rights</th>
                <th scope="col">May SET ROLE</th>
                <th scope="col">May grant it</th>
              </tr>
            </thead>
            <tbody>
              {role.memberOf.map((grant) => (
                <tr key={grant.role}>
                  <td>{visible(grant.role)}</td>
                  <td>{grant.inherits ? 'yes' : 'after SET ROLE'}</td>
                  <td>{grant.canSet ? 'yes' : 'no'}</td>
                  <td>{grant.canAdmin ? 'yes' : 'no'}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        </DrawerSection>
      )}
    </>
  );
}
