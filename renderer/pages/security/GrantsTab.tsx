import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import type { ReactElement } from 'react';
import { formatCount, formatCountOf } from '#shared/model/format.ts';
import type { SecurityOverview } from '#shared/model/security.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { grantees, isOfInterest } from './grants.ts';
import { RightsActions } from './RightsActions.tsx';
import { GRANT_COLUMNS } from './security-columns.tsx';
import { SecurityTable } from './SecurityTable.tsx';

interface Props {
  readonly connectionId: string;
  readonly data: SecurityOverview;
}

/** What every role that can connect may do, because PUBLIC may; what PostgreSQL gives by itself on request. */
export function GrantsTab({ connectionId, data }: Props): ReactElement {
  const { get, set } = useAddressState();
  const isAll = get('defaults') === 'yes';
  const shown = isAll ? data.publicGrants : data.publicGrants.filter(isOfInterest);
  const ordinary = formatCountOf(data.ordinaryFunctions, 'ordinary function');
  return (
    <SecurityTable
      connectionId={connectionId}
      label="Privileges of PUBLIC"
      rows={shown}
      columns={GRANT_COLUMNS}
      note={`Every role has what PUBLIC has. Of functions those with SECURITY DEFINER are listed; ${ordinary} may be executed by everybody too, as PostgreSQL has it by default, with the caller's rights.`}
      toolbar={
        <>
          <FormControlLabel
            control={
              <Checkbox
                size="small"
                checked={isAll}
                onChange={(_, on) => set({ defaults: on ? 'yes' : null }, { replace: true })}
              />
            }
            label="PostgreSQL's defaults too"
          />
          <span role="status">
            {formatCount(shown.length)} of {formatCount(data.publicGrants.length)} shown
          </span>
        </>
      }
      more={({ revoke, request }) => (
        <>
          {revoke && (
            <FixView
              fix={revoke}
              run={
                request && (
                  <RunPlanButton connectionId={connectionId} request={request}>
                    Revoke…
                  </RunPlanButton>
                )
              }
            />
          )}
          {request?.verb === 'revoke' && (
            <RightsActions
              connectionId={connectionId}
              on={request.on}
              oid={request.oid}
              roles={grantees(data.roles)}
            />
          )}
        </>
      )}
    />
  );
}
