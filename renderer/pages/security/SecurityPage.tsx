import type { ReactElement } from 'react';
import { formatCount } from '#shared/model/format.ts';
import type { SecurityOverview } from '#shared/model/security.ts';
import { useInsight } from '#renderer/api/insight.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';
import { type PageTab, PageTabs, tabOf } from '#renderer/components/PageTabs.tsx';
import { StatStrip, StatTile } from '#renderer/components/StatTile.tsx';
import {
  AUDITING_COLUMNS,
  DEFINER_COLUMNS,
  EXTENSION_COLUMNS,
  GRANT_COLUMNS,
  HBA_COLUMNS,
  PLAIN_COLUMNS,
  ROLE_COLUMNS,
  ROW_SECURITY_COLUMNS,
} from './security-columns.tsx';
import { SecurityTable } from './SecurityTable.tsx';

/** Who can do what they should not? */
export function SecurityPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'security', (client, input, options) =>
    client.security.overview(input, options),
  );
  const { get, set } = useAddressState();
  return (
    <InsightPage title="Security" question="Who can do what they should not?" insight={insight}>
      {(data) => {
        const tabs = tabsOf(data);
        const tab = tabOf(tabs, get('tab'));
        return (
          <>
            <Figures data={data} />
            <PageTabs
              name="security"
              tabs={tabs}
              value={tab}
              onChange={(id) => set({ tab: id, row: null, q: null })}
            >
              <View key={tab} tab={tab} data={data} connectionId={connectionId} />
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
    { id: 'roles', title: 'Roles', count: data.roles.length },
    { id: 'public', title: 'PUBLIC', count: data.publicGrants.length },
    { id: 'definer', title: 'Definer functions', count: data.functions.length },
    { id: 'rls', title: 'Row security', count: data.tables.length },
    { id: 'tls', title: 'TLS', count: data.sessions.plain.length },
    { id: 'hba', title: 'pg_hba.conf', ...(data.hbaRules ? { count: data.hbaRules.length } : {}) },
    { id: 'extensions', title: 'Extensions', count: data.extensions.length },
    { id: 'auditing', title: 'Audit triggers', count: data.auditing.length },
  ];
}

interface ViewProps extends PageProps {
  readonly tab: Tab;
  readonly data: SecurityOverview;
}

function View({ tab, data, connectionId }: ViewProps): ReactElement {
  const shared = { connectionId };
  switch (tab) {
    case 'roles':
      return <SecurityTable {...shared} label="Roles" rows={data.roles} columns={ROLE_COLUMNS} />;
    case 'public':
      return (
        <SecurityTable
          {...shared}
          label="Privileges of PUBLIC"
          rows={data.publicGrants}
          columns={GRANT_COLUMNS}
          note="Of functions only those with SECURITY DEFINER: every other one is PUBLIC's by default."
        />
      );
    case 'definer':
      return (
        <SecurityTable
          {...shared}
          label="SECURITY DEFINER functions"
          rows={data.functions}
          columns={DEFINER_COLUMNS}
        />
      );
    case 'rls':
      return (
        <SecurityTable
          {...shared}
          label="Row security"
          rows={data.tables}
          columns={ROW_SECURITY_COLUMNS}
          note="Tables with policies, with row security or with columns whose names suggest secrets; views that go around policies."
        />
      );
    case 'tls':
      return (
        <SecurityTable
          {...shared}
          label="Sessions without TLS"
          rows={data.sessions.plain}
          columns={PLAIN_COLUMNS}
          note="Sessions of clients at this moment, without those of PgVitals."
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
        <SecurityTable {...shared} label="Extensions" rows={data.extensions} columns={EXTENSION_COLUMNS} />
      );
    case 'auditing':
      return (
        <SecurityTable
          {...shared}
          label="Auditing of sensitive tables"
          rows={data.auditing}
          columns={AUDITING_COLUMNS}
          note="Inferred from the names of columns and from the text of trigger functions; functions that call others are not followed."
        />
      );
  }
}

function Figures({ data }: { readonly data: SecurityOverview }): ReactElement {
  const { roles, sessions } = data;
  const superusers = roles.filter((r) => r.canLogin && r.attributes.includes('SUPERUSER')).length;
  const known = sessions.total - sessions.unknown;
  const hasPasswords = roles.some((r) => r.password !== null);
  const unaudited = data.auditing.filter((row) => row.coverage === 'none found').length;
  return (
    <section aria-label="Figures">
      <StatStrip>
        <StatTile label="Superusers" value={formatCount(superusers)} note="that can log in" />
        <StatTile
          label="Weak passwords"
          value={hasPasswords ? formatCount(roles.filter((r) => r.isPasswordWeak).length) : '–'}
          note={hasPasswords ? 'tried every ten minutes' : 'not readable'}
        />
        <StatTile
          label="Sessions with TLS"
          value={known === 0 ? '–' : `${formatCount(sessions.encrypted)} of ${formatCount(known)}`}
          note={sessions.unknown > 0 ? `${formatCount(sessions.unknown)} hidden` : 'now'}
        />
        <StatTile
          label="Caller's search_path"
          value={formatCount(data.functions.filter((f) => f.searchPath === null).length)}
          note="definer functions"
        />
        <StatTile
          label="Row security"
          value={formatCount(data.tables.filter((t) => t.isEnabled).length)}
          note="tables with it"
        />
        <StatTile
          label="No audit trigger"
          value={formatCount(unaudited)}
          note={`of ${formatCount(data.auditing.length)} sensitive tables`}
        />
      </StatStrip>
    </section>
  );
}
