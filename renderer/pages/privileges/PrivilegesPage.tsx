import Button from '@mui/material/Button';
import type { ReactElement } from 'react';
import { formatCount, formatCountOf } from '#shared/model/format.ts';
import type { PrivilegesOverview, RoleStanding } from '#shared/model/privileges.ts';
import { useInsight } from '#renderer/api/insight.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { type PageTab, PageTabs, tabOf } from '#renderer/components/PageTabs.tsx';
import { StatStrip, StatTile } from '#renderer/components/StatTile.tsx';
import { CapabilityTab } from './CapabilityTab.tsx';
import { MonitoringRoleTab } from './MonitoringRoleTab.tsx';

type Tab = 'sees' | 'role';

/** What can this role see, and what not? */
export function PrivilegesPage({ connectionId }: PageProps): ReactElement {
  // It reads what an audit reads: when it is opened and when it is asked for, not every half minute.
  const insight = useInsight(
    connectionId,
    'privileges',
    (client, input, options) => client.privileges.overview(input, options),
    { refreshSeconds: 0 },
  );
  const { get, set } = useAddressState();
  return (
    <InsightPage
      title="Privileges"
      question="What can this role see, and what not?"
      insight={insight}
      refreshSeconds={0}
    >
      {(data) => {
        const tabs = tabsOf(data);
        const tab = tabOf(tabs, get('tab'));
        const toRole = (): void => set({ tab: 'role', row: null });
        return (
          <>
            <Figures data={data} />
            <Notices data={data} {...(tab === 'role' ? {} : { onRole: toRole })} />
            <PageTabs
              name="privileges"
              tabs={tabs}
              value={tab}
              onChange={(id) => set({ tab: id, row: null })}
            >
              {tab === 'sees' ? (
                <CapabilityTab rows={data.capabilities} />
              ) : (
                <MonitoringRoleTab
                  connectionId={connectionId}
                  choices={data.choices}
                  suggestedName={data.suggestedName}
                />
              )}
            </PageTabs>
          </>
        );
      }}
    </InsightPage>
  );
}

function tabsOf({ capabilities }: PrivilegesOverview): readonly PageTab<Tab>[] {
  return [
    { id: 'sees', title: 'What it sees', count: capabilities.length },
    { id: 'role', title: 'Monitoring role' },
  ];
}

function Figures({ data: { role, checks } }: { readonly data: PrivilegesOverview }): ReactElement {
  const may = [
    ...(role.mayConnect ? ['CONNECT'] : []),
    ...(role.mayTemp ? ['TEMP'] : []),
    ...(role.mayCreate ? ['CREATE'] : []),
  ];
  return (
    <section aria-label="Figures">
      <StatStrip>
        <StatTile label="Role" value={kindOf(role)} note={visible(role.name)} />
        <StatTile
          label="Database"
          value={role.ownsDatabase ? 'Owner' : may.length > 0 ? may.join(', ') : 'No rights'}
          note={role.ownsDatabase ? visible(role.database) : `owner ${visible(role.databaseOwner)}`}
        />
        <StatTile
          label="Checks that cannot run"
          value={formatCount(checks.blocked)}
          note={`of ${formatCount(checks.applicable)}, for want of rights`}
        />
        <StatTile
          label="Checks that see a part"
          value={formatCount(checks.partial)}
          note={`of ${formatCount(checks.applicable)}`}
        />
        <StatTile
          label="Connections"
          value={role.connectionLimit === null ? 'No limit' : formatCount(role.connectionLimit)}
          note={role.connectionLimit === null ? 'but the server’s' : 'at most'}
        />
        <StatTile
          label="Transactions"
          value={role.isStandby || role.isReadOnlyByDefault ? 'Read-only' : 'May write'}
          note={
            role.isStandby
              ? 'this is a standby'
              : role.isReadOnlyByDefault
                ? 'unless told otherwise'
                : 'PgVitals only reads'
          }
        />
      </StatStrip>
    </section>
  );
}

function kindOf({ isSuperuser, memberOf, attributes }: RoleStanding): string {
  if (isSuperuser) return 'Superuser';
  const found = ['pg_monitor', 'pg_read_all_stats', 'pg_read_all_settings'].find((group) =>
    memberOf.includes(group),
  );
  return found ?? attributes[0] ?? 'Ordinary role';
}

interface NoticesProps {
  readonly data: PrivilegesOverview;
  /** Leads to the script; absent where it is in sight. */
  readonly onRole?: () => void;
}

/** What this role is, in words, where that asks for something. */
function Notices({ data: { role, checks }, onRole }: NoticesProps): ReactElement {
  const action = onRole && (
    <Button size="small" variant="outlined" color="inherit" onClick={onRole}>
      Create a monitoring role…
    </Button>
  );
  const missing = checks.blocked + checks.partial;
  return (
    <>
      {role.isSuperuser ? (
        <GrantNotice action={action}>
          A superuser sees everything, and can do everything. Looking needs far less: a role for monitoring
          reads nearly as much, and cannot write.
        </GrantNotice>
      ) : (
        missing > 0 && (
          <GrantNotice action={action}>
            {formatCountOf(missing, 'check')} of {formatCount(checks.applicable)} would see more with rights
            that this role has not got. They count as not checked, never as passed.
          </GrantNotice>
        )
      )}
      {role.directConnection !== null && (
        <GrantNotice>
          A pooler in transaction mode stands in between: looking works, changes and backups do not.{' '}
          {role.directConnection}
        </GrantNotice>
      )}
      {role.isStandby && (
        <GrantNotice>
          This server is a standby: roles and grants are made on the primary, and reach it from there.
        </GrantNotice>
      )}
      {role.service !== null && (
        <GrantNotice>
          This server is run by {role.service}: some rights are for nobody there, and the script is adapted to
          it.
        </GrantNotice>
      )}
    </>
  );
}
