import type { ReactElement } from 'react';
import { formatCount, formatPercent } from '#shared/model/format.ts';
import type { SecurityOverview, SessionEncryption } from '#shared/model/security.ts';
import { useInsight } from '#renderer/api/insight.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';
import { PlanButtons } from '#renderer/app/plan/PlanButtons.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { type PageTab, PageTabs, tabOf } from '#renderer/components/PageTabs.tsx';
import { StatStrip, StatTile } from '#renderer/components/StatTile.tsx';
import { AuditingTab } from './AuditingTab.tsx';
import { CreateExtension } from './CreateExtension.tsx';
import { grantees, isOfInterest } from './grants.ts';
import { GrantsTab } from './GrantsTab.tsx';
import { RightsActions } from './RightsActions.tsx';
import { RolesTab } from './RolesTab.tsx';
import { RowSecurityTab } from './RowSecurityTab.tsx';
import { DEFINER_COLUMNS, EXTENSION_COLUMNS, HBA_COLUMNS, SESSION_COLUMNS } from './security-columns.tsx';
import { SecurityTable } from './SecurityTable.tsx';

/** Who can do what they should not? */
export function SecurityPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'security', (client, input, options) =>
    client.security.overview(input, options),
  );
  const { get, set } = useAddressState();
  return (
    <InsightPage title="Security" question="Who can do what they should not?" insight={insight}>
      {(data, { readAt }) => {
        const tabs = tabsOf(data);
        const tab = tabOf(tabs, get('tab'));
        return (
          <>
            <Figures data={data} />
            <PageTabs
              name="security"
              tabs={tabs}
              value={tab}
              onChange={(id) => set({ tab: id, row: null, q: null, show: null })}
            >
              <View key={tab} tab={tab} data={data} version={readAt} connectionId={connectionId} />
            </PageTabs>
          </>
        );
      }}
    </InsightPage>
  );
}

type Tab = 'roles' | 'public' | 'definer' | 'rls' | 'tls' | 'hba' | 'extensions' | 'auditing';

function tabsOf(data: SecurityOverview): readonly PageTab<Tab>[] {
  return [
    { id: 'roles', title: 'Roles', count: data.roles.filter((role) => !role.isSystem).length },
    { id: 'public', title: 'PUBLIC', count: data.publicGrants.filter(isOfInterest).length },
    { id: 'definer', title: 'Definer functions', count: data.functions.length },
    { id: 'rls', title: 'Row security', count: data.rowSecurity.rows },
    { id: 'tls', title: 'TLS', count: data.sessions.total },
    { id: 'hba', title: 'pg_hba.conf', ...(data.hbaRules ? { count: data.hbaRules.length } : {}) },
    { id: 'extensions', title: 'Extensions', count: data.extensions.length },
    { id: 'auditing', title: 'Audit triggers', count: data.auditing.length },
  ];
}

interface ViewProps extends PageProps {
  readonly tab: Tab;
  readonly data: SecurityOverview;
  readonly version: string;
}

function View({ tab, data, version, connectionId }: ViewProps): ReactElement {
  const shared = { connectionId };
  switch (tab) {
    case 'roles':
      return <RolesTab {...shared} roles={data.roles} />;
    case 'public':
      return <GrantsTab {...shared} data={data} />;
    case 'definer':
      return (
        <SecurityTable
          {...shared}
          label="SECURITY DEFINER functions"
          rows={data.functions}
          columns={DEFINER_COLUMNS}
          more={({ oid }) => (
            <RightsActions connectionId={connectionId} on="function" oid={oid} roles={grantees(data.roles)} />
          )}
        />
      );
    case 'rls':
      return (
        <RowSecurityTab
          {...shared}
          counts={data.rowSecurity}
          roles={grantees(data.roles)}
          version={version}
        />
      );
    case 'tls':
      return (
        <SecurityTable
          {...shared}
          label="Sessions by encryption"
          rows={data.sessions.groups}
          columns={SESSION_COLUMNS}
          defaultSort={{ columnId: 'encryption', direction: 'descending' }}
          note={encryptionNote(data.sessions)}
        />
      );
    case 'hba':
      return (
        <SecurityTable
          {...shared}
          label="Rules of pg_hba.conf"
          rows={data.hbaRules}
          columns={HBA_COLUMNS}
          defaultSort={{ columnId: 'turn', direction: 'ascending' }}
          note="The first rule that matches decides."
        />
      );
    case 'extensions':
      return (
        <SecurityTable
          {...shared}
          label="Extensions"
          rows={data.extensions}
          columns={EXTENSION_COLUMNS}
          toolbar={
            data.availableExtensions && (
              <CreateExtension connectionId={connectionId} available={data.availableExtensions} />
            )
          }
          more={({ name, installed, offered }) =>
            offered !== null &&
            offered !== installed && (
              <PlanButtons>
                <RunPlanButton connectionId={connectionId} request={{ verb: 'update-extension', name }}>
                  {`Update to ${offered}…`}
                </RunPlanButton>
              </PlanButtons>
            )
          }
        />
      );
    case 'auditing':
      return <AuditingTab {...shared} data={data} />;
  }
}

function sessionsNote({ total, unknown }: SessionEncryption): string {
  if (total === 0) return 'no other clients';
  return unknown > 0 ? `${formatCount(unknown)} hidden` : 'now';
}

function encryptionNote({ total, encrypted, unknown }: SessionEncryption): string {
  const known = total - unknown;
  const share =
    known === 0 ? '' : ` ${formatPercent((encrypted / known) * 100)} of ${formatCount(known)} use TLS.`;
  return `Sessions of clients in all databases at this moment, without those of PgVitals.${share}${
    unknown > 0 ? ` Of ${formatCount(unknown)} this role may not see it.` : ''
  } Let in by the first line that fits in pg_hba.conf as it is now.`;
}

function Figures({ data }: { readonly data: SecurityOverview }): ReactElement {
  const { roles, sessions } = data;
  const superusers = roles.filter((r) => r.canLogin && r.attributes.includes('SUPERUSER')).length;
  const known = sessions.total - sessions.unknown;
  const expected = data.auditing.filter((row) => row.expected !== null);
  const unaudited = expected.filter((row) => row.coverage !== 'likely').length;
  return (
    <section aria-label="Figures">
      <StatStrip>
        <StatTile label="Superusers" value={formatCount(superusers)} note="that can log in" />
        <StatTile
          label="Weak passwords"
          value={data.weakPasswords === null ? '–' : formatCount(data.weakPasswords)}
          note={data.weakPasswords === null ? 'not readable' : 'tried every ten minutes'}
        />
        <StatTile
          label="Sessions with TLS"
          value={known === 0 ? '–' : `${formatCount(sessions.encrypted)} of ${formatCount(known)}`}
          note={sessionsNote(sessions)}
        />
        <StatTile
          label="Caller's search_path"
          value={formatCount(data.functions.filter((f) => f.searchPath === null).length)}
          note="definer functions"
        />
        <StatTile
          label="Row security"
          value={formatCount(data.rowSecurity.enabled)}
          note={`on; ${formatCount(data.rowSecurity.open)} open without it`}
        />
        <StatTile
          label="No audit trigger"
          value={formatCount(unaudited)}
          note={`of ${formatCount(expected.length)} that should have it`}
        />
      </StatStrip>
    </section>
  );
}
