/**
 * Facts: what a collector read from one database, as plain rows. Nothing here judges.
 *
 * Conventions: `oid` is PostgreSQL's own object id; sizes are bytes; `…Pages` are 8 kB pages unless the server
 * says otherwise; `…Ms` are milliseconds; ages are measured by the server's clock at `server.sampledAt`; counters
 * run since `server.statisticsResetAt` (null = unknown, never "long ago"). Instants are ISO 8601 strings in UTC.
 * Values beyond 2^53 (sequence bounds, query ids) travel as decimal strings.
 * Lists hold user objects only: system schemas, TOAST and temporary relations of others are left out unless said.
 */
import type {
  ColumnFacts,
  ColumnStatistics,
  ConstraintFact,
  IndexFact,
  SequenceFact,
  SequenceValue,
  TableFact,
  TriggerFact,
  TypeFact,
} from './facts-relations.ts';
import type {
  ActivityFact,
  ArchiverFact,
  CheckpointFact,
  PreparedTransaction,
  ProgressFact,
  PublicationFact,
  ReplicationClient,
  ReplicationSlot,
  ServerCounters,
  ForeignStatementFact,
  StatementDatabase,
  StatementFacts,
} from './facts-activity.ts';
import type {
  ExtensionFact,
  FileSetting,
  FileSettingError,
  FunctionFact,
  HbaRule,
  OwnedObjects,
  OwnRights,
  PolicyFact,
  PublicGrant,
  RoleFact,
  RolePassword,
  PublicPrivileges,
  RoleMembership,
  RoleSetting,
  TableAccess,
  SchemaFact,
  TriggerFunction,
  ViewFact,
} from './facts-security.ts';
import type { BackupFacts } from './facts-backups.ts';
import type { PartitionFacts } from './facts-partitions.ts';
import type { CronFacts, ExpectedView, ViewReads } from './facts-views.ts';

export interface Facts {
  /** The server and the database we are connected to. Always present. */
  readonly server: ServerFact;
  /** Every database of the cluster that we may list. */
  readonly databases: readonly DatabaseFact[];
  /** pg_settings as this role sees it. */
  readonly settings: readonly SettingFact[];
  /**
   * Names of the superuser-only settings among them. A fact of its own, because without pg_read_all_settings they are
   * hidden and hardly any check needs them: the others must not count as half-blind.
   */
  readonly restrictedSettings: readonly string[];
  /** Rows of pg_file_settings with an error. */
  readonly fileSettingErrors: readonly FileSettingError[];
  /** All rows of pg_file_settings, in the order in which they are read. */
  readonly fileSettings: readonly FileSetting[];
  /** pg_db_role_setting: settings tied to a role and/or a database. */
  readonly roleSettings: readonly RoleSetting[];
  /** Tables, partitioned tables, matviews and foreign tables. */
  readonly tables: readonly TableFact[];
  readonly indexes: readonly IndexFact[];
  readonly columns: ColumnFacts;
  /** Only for relations of at least `COLUMN_STATISTICS_MIN_PAGES` pages: no check looks at smaller ones. */
  readonly columnStatistics: readonly ColumnStatistics[];
  /** The data types that `columns` uses. */
  readonly types: readonly TypeFact[];
  readonly constraints: readonly ConstraintFact[];
  readonly sequences: readonly SequenceFact[];
  /** Last values; read in a transaction of their own because reading takes a lock on each sequence. */
  readonly sequenceValues: readonly SequenceValue[];
  /** User triggers, and internal ones only where they are disabled. */
  readonly triggers: readonly TriggerFact[];
  readonly views: readonly ViewFact[];
  /** SECURITY DEFINER functions and procedures. */
  readonly functions: readonly FunctionFact[];
  readonly policies: readonly PolicyFact[];
  readonly roles: readonly RoleFact[];
  readonly rolePasswords: readonly RolePassword[];
  readonly schemas: readonly SchemaFact[];
  /** What each role owns in this database; pages only, not part of an audit. */
  readonly ownedObjects: readonly OwnedObjects[];
  /** Functions that row triggers call; pages only, not part of an audit. */
  readonly triggerFunctions: readonly TriggerFunction[];
  /** What views, matviews and functions read; pages only, not part of an audit. */
  readonly viewReads: ViewReads;
  /** How tables are partitioned; pages only, not part of an audit. */
  readonly partitions: PartitionFacts;
  /** What pg_cron refreshed; pages only, not part of an audit. */
  readonly cron: CronFacts;
  /** Materialized views that should be there; the user's list, not the server's. */
  readonly expectedViews: readonly ExpectedView[];
  /** What PgVitals knows of backups of this database; its own list, not the server's. */
  readonly backups: BackupFacts;
  readonly roleMemberships: readonly RoleMembership[];
  readonly tableAccess: readonly TableAccess[];
  /** What the role of this connection may do; pages only, not part of an audit. */
  readonly ownRights: OwnRights;
  readonly publicPrivileges: PublicPrivileges;
  /** Privileges that PUBLIC holds on tables, views and matviews or single columns of them. */
  readonly publicGrants: readonly PublicGrant[];
  readonly hbaRules: readonly HbaRule[];
  /** Installed extensions, and available ones that PgVitals can use. */
  readonly extensions: readonly ExtensionFact[];
  /** Collations in use whose recorded version differs from the operating system's. */
  readonly collations: readonly CollationFact[];
  readonly activity: readonly ActivityFact[];
  readonly preparedTransactions: readonly PreparedTransaction[];
  readonly replicationSlots: readonly ReplicationSlot[];
  readonly replicationClients: readonly ReplicationClient[];
  readonly publications: readonly PublicationFact[];
  readonly archiver: ArchiverFact;
  readonly checkpoints: CheckpointFact;
  /** What the server has written and read since its counters were reset. */
  readonly serverCounters: ServerCounters;
  /** Running maintenance from pg_stat_progress_*. */
  readonly progress: readonly ProgressFact[];
  readonly statements: StatementFacts;
  /** Other databases with statements, the heaviest first. */
  readonly statementDatabases: readonly StatementDatabase[];
  /** Of all other databases; the 5,000 heaviest each by total time, mean time and calls. */
  readonly statementsElsewhere: readonly ForeignStatementFact[];
}

export type FactName = keyof Facts;

/** Facts that are not read from the server: whoever asks for a reading hands in what this machine knows. */
export type GivenFacts = Partial<Pick<Facts, 'expectedViews' | 'backups'>>;

/** 8 MB: below this no rule of ours looks at bloat, so widths and null fractions are not fetched. */
export const COLUMN_STATISTICS_MIN_PAGES = 1024;

export interface ServerFact {
  /** For example 150018. */
  readonly versionNum: number;
  /** For example "15.18". */
  readonly version: string;
  /** pg_control_system(); null where the role may not call it. Decimal string. */
  readonly systemIdentifier: string | null;
  readonly database: string;
  readonly databaseOid: number;
  readonly role: string;
  readonly isSuperuser: boolean;
  /** Roles that this role is a member of, directly or not (pg_monitor, pg_read_all_data, …). */
  readonly memberOf: readonly string[];
  readonly isStandby: boolean;
  readonly provider: Provider;
  /** True when settings do not survive from one transaction to the next on "our" backend; null = not probed. */
  readonly isPooled: boolean | null;
  readonly startedAt: string;
  /** Server clock when collection began. */
  readonly sampledAt: string;
  /** pg_stat_database.stats_reset of this database; null = never reset since initdb or crash: unknown. */
  readonly statisticsResetAt: string | null;
  /** The next transaction ID, with its epoch, and the next multixact ID, which has none. */
  readonly nextXid: number;
  readonly nextMxid: number;
  readonly blockSizeBytes: number;
  readonly databaseSizeBytes: number | null;
  /** Connection settings of our own session, for plain-text and address checks. */
  readonly usesTls: boolean | null;
  /** Password strength of the URL that we used: found in the list of default passwords. */
  readonly ownPasswordIsDefault: boolean;
  /** Tables that were under ACCESS EXCLUSIVE when collection began: deparse and size functions skip them. */
  readonly lockedTableOids: readonly number[];
}

export type Provider =
  | 'self-managed'
  | 'rds'
  | 'aurora'
  | 'cloud-sql'
  | 'alloydb'
  | 'azure'
  | 'supabase'
  | 'neon'
  | 'heroku'
  | 'crunchy'
  | 'digitalocean';

export interface DatabaseFact {
  readonly oid: number;
  readonly name: string;
  readonly sizeBytes: number | null;
  readonly isTemplate: boolean;
  readonly allowsConnections: boolean;
  readonly frozenXidAge: number;
  readonly minMxidAge: number;
  readonly xactCommit: number;
  readonly xactRollback: number;
  readonly blocksRead: number;
  readonly blocksHit: number;
  readonly deadlocks: number;
  readonly tempFiles: number;
  readonly tempBytes: number;
  /** Null where checksums are off. */
  readonly checksumFailures: number | null;
  readonly checksumLastFailureAt: string | null;
  readonly statisticsResetAt: string | null;
  /** When the server gave these counters, its clock. */
  readonly countedAt: string | null;
  readonly collation: string | null;
  /** 15+: version recorded for the database's default collation, and the one in use now. */
  readonly collationVersion: string | null;
  readonly collationActualVersion: string | null;
}

export interface SettingFact {
  readonly name: string;
  readonly setting: string;
  readonly unit: string | null;
  readonly source: string;
  readonly bootValue: string | null;
  readonly context: string;
  readonly sourceFile: string | null;
  readonly sourceLine: number | null;
  readonly pendingRestart: boolean;
}

export interface CollationFact {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** "c" libc, "i" ICU, "d" database default, "b" builtin. */
  readonly provider: string;
  readonly version: string;
  readonly actualVersion: string;
}

export * from './facts-relations.ts';
export * from './facts-activity.ts';
export * from './facts-security.ts';
export * from './facts-views.ts';
export * from './facts-partitions.ts';
export * from './facts-backups.ts';
