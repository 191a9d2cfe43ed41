import type { Provider } from '#shared/model/facts.ts';
import type { MonitoringChoice } from '#shared/model/privileges.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { ruleOf } from '#engine/audit/hba-match.ts';
import { isManaged, PROVIDER_WORDS } from '#engine/postgres/provider-words.ts';
import { signalGrants } from './signal-grants.ts';

/** What a script depends on, of one server and the database that we are connected to. */
export interface MonitoringSite {
  readonly versionNum: number;
  readonly version: string;
  readonly provider: Provider;
  readonly database: string;
  /** Databases that somebody may connect to, templates left out; this one is among them. */
  readonly databases: readonly string[];
  readonly roles: ReadonlySet<string>;
  readonly isStandby: boolean;
  readonly isPooled: boolean;
  readonly usesTls: boolean;
  /** As the server sees this machine; null = a local socket. */
  readonly clientAddress: string | null;
  /** Line of pg_hba.conf that lets such a role in already; null = none, or it cannot be told. */
  readonly admittedBy: { readonly line: number; readonly method: string } | null;
  /** Of pg_stat_statements in this database, where not everybody may use it; null = nothing to grant. */
  readonly statementsSchema: string | null;
  /** PUBLIC, and so every role, may create objects in these schemas. */
  readonly openSchemas: readonly string[];
  /** PUBLIC may make temporary tables in this database. */
  readonly publicMayTemp: boolean;
}

/** What `siteOf` looks at, besides the server. */
export const SITE_FACTS = ['databases', 'roles', 'schemas', 'extensions', 'hbaRules', 'ownRights'] as const;

/** Reads the site out of facts; `name` is the role that the script is to make. */
export function siteOf({ facts }: Snapshot, name: string): MonitoringSite {
  const { server, databases = [], roles = [], schemas = [], extensions = [], hbaRules, ownRights } = facts;
  const { database, usesTls } = server;
  const statements = extensions.find((e) => e.name === 'pg_stat_statements' && e.installedVersion !== null);
  const schema = schemas.find((one) => one.name === statements?.schema);
  const clientAddress = ownRights?.clientAddress ?? null;
  const rule = hbaRules
    ? ruleOf(hbaRules, {
        role: name,
        database,
        address: clientAddress,
        usesTls: usesTls === true,
        isMemberOf: (group) => group === name || group === 'pg_monitor',
      })
    : null;
  const others = databases.filter(({ isTemplate, allowsConnections }) => !isTemplate && allowsConnections);
  return {
    versionNum: server.versionNum,
    version: server.version,
    provider: server.provider,
    database,
    databases: [database, ...others.map((one) => one.name).filter((one) => one !== database)],
    roles: new Set(roles.map((role) => role.name)),
    isStandby: server.isStandby,
    isPooled: server.isPooled === true,
    usesTls: usesTls === true,
    clientAddress,
    admittedBy:
      rule?.method && ADMITTING.has(rule.method) ? { line: rule.lineNumber, method: rule.method } : null,
    statementsSchema: schema && !schema.publicCanUse ? schema.name : null,
    openSchemas: schemas.filter(({ publicCanCreate }) => publicCanCreate).map((one) => one.name),
    publicMayTemp: ownRights?.publicMayTemp === true,
  };
}

const ADMITTING: ReadonlySet<string> = new Set(['scram-sha-256', 'md5']);

/** The tick boxes of the script on this server. */
export function choicesOf(site: MonitoringSite): readonly MonitoringChoice[] {
  const { versionNum, provider, databases } = site;
  const { name } = PROVIDER_WORDS[provider];
  return [
    {
      id: 'signal',
      label: 'May cancel and terminate sessions of other roles',
      means: `${signalGrants(site).join(' and ')}: for the buttons of Activity. Sessions of superusers stay out of reach.`,
      unavailable: null,
    },
    {
      id: 'data',
      label: 'May read all tables',
      means:
        'pg_read_all_data: statistics of columns, values of sequences, backups. It opens every row of every table, those under row security apart, and the password verifiers in pg_authid too.',
      unavailable:
        versionNum >= 140000
          ? null
          : 'pg_read_all_data is there from PostgreSQL 14 on; before, GRANT SELECT ON ALL TABLES IN SCHEMA … for each schema.',
    },
    {
      id: 'files',
      label: 'May read pg_hba.conf and the configuration files',
      means:
        'SELECT on two views of the catalog that are for superusers otherwise. No passwords are in them.',
      unavailable:
        isManaged(provider) && provider !== 'crunchy' ? `${name} gives this right to nobody.` : null,
    },
    {
      id: 'everywhere',
      label: `For all databases of the server (${databases.length})`,
      means: 'CONNECT on each, and what else is granted per database. A database made later needs it again.',
      unavailable: databases.length > 1 ? null : 'There is no other database that one could connect to.',
    },
  ];
}
