import type { FactName } from '#shared/model/facts.ts';

/** What a role needs so that a fact can be read. */
export interface FactAccess {
  /** In words, for help pages. */
  readonly what: string;
  /** The narrowest statements that unlock it, with a placeholder role; empty = every login role may read it. */
  readonly grants: readonly string[];
}

const CATALOG: FactAccess = { what: 'the system catalog', grants: [] };
const STATISTICS = ['GRANT pg_read_all_stats TO your_role'];

/** Source: checks.md §2.10 (measured per role) and the privilege notes of each view's documentation page. */
export const FACT_ACCESS: Readonly<Record<FactName, FactAccess>> = {
  server: { what: 'the server and the connection', grants: [] },
  databases: {
    what: 'the list of databases; sizes of those it may not connect to stay hidden',
    grants: STATISTICS,
  },
  settings: { what: 'server settings', grants: [] },
  restrictedSettings: {
    what: 'server settings that ordinary roles do not see',
    grants: ['GRANT pg_read_all_settings TO your_role'],
  },
  fileSettingErrors: {
    what: 'errors in the configuration files',
    grants: [
      'GRANT SELECT ON pg_catalog.pg_file_settings TO your_role',
      'GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_all_file_settings() TO your_role',
    ],
  },
  fileSettings: {
    what: 'what the configuration files say',
    grants: [
      'GRANT SELECT ON pg_catalog.pg_file_settings TO your_role',
      'GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_all_file_settings() TO your_role',
    ],
  },
  roleSettings: CATALOG,
  tables: CATALOG,
  indexes: CATALOG,
  columns: CATALOG,
  columnStatistics: {
    what: 'planner statistics, which show values of columns; SELECT on the tables is enough, and pg_read_all_data reads every table',
    grants: ['GRANT SELECT ON ALL TABLES IN SCHEMA your_schema TO your_role'],
  },
  types: CATALOG,
  constraints: CATALOG,
  sequences: CATALOG,
  sequenceValues: {
    what: 'current values of sequences',
    grants: ['GRANT SELECT ON ALL SEQUENCES IN SCHEMA your_schema TO your_role'],
  },
  triggers: CATALOG,
  views: CATALOG,
  viewReads: CATALOG,
  partitions: CATALOG,
  expectedViews: { what: 'your list of expected views, kept on this machine', grants: [] },
  backups: { what: 'the backups that PgVitals knows, kept on this machine', grants: [] },
  cron: {
    what: 'what pg_cron ran, of this role; a policy on its tables shows the jobs of others',
    grants: ['GRANT USAGE ON SCHEMA cron TO your_role'],
  },
  functions: CATALOG,
  policies: CATALOG,
  roles: CATALOG,
  rolePasswords: {
    what: 'stored password verifiers; whoever reads them can try to crack them, so prefer to run this check as a superuser',
    grants: ['GRANT SELECT ON pg_catalog.pg_authid TO your_role'],
  },
  schemas: CATALOG,
  ownedObjects: CATALOG,
  triggerFunctions: CATALOG,
  roleMemberships: CATALOG,
  tableAccess: CATALOG,
  ownRights: CATALOG,
  publicPrivileges: CATALOG,
  publicGrants: CATALOG,
  hbaRules: {
    what: 'the rules of pg_hba.conf',
    grants: [
      'GRANT SELECT ON pg_catalog.pg_hba_file_rules TO your_role',
      'GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO your_role',
    ],
  },
  extensions: CATALOG,
  collations: CATALOG,
  activity: { what: 'sessions of other roles', grants: STATISTICS },
  preparedTransactions: CATALOG,
  replicationSlots: CATALOG,
  replicationClients: { what: 'standbys and other replication clients', grants: STATISTICS },
  publications: CATALOG,
  archiver: CATALOG,
  checkpoints: CATALOG,
  serverCounters: { what: 'counters of the server', grants: [] },
  progress: { what: 'maintenance that runs now', grants: STATISTICS },
  statements: {
    what: 'pg_stat_statements, which must be preloaded and installed; texts of other roles stay hidden otherwise',
    grants: STATISTICS,
  },
  statementDatabases: { what: 'databases with statements', grants: STATISTICS },
  statementsElsewhere: { what: 'statements of other databases', grants: STATISTICS },
};
