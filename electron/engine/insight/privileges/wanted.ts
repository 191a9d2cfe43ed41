import type { FactName } from '#shared/model/facts.ts';

/** Something that PgVitals wants to read, and the predefined role that opens it. */
export interface Wanted {
  readonly key: string;
  readonly name: string;
  readonly why: string;
  readonly facts: readonly FactName[];
  /** As it stands in a GRANT; by it a check that names the right, and not the fact, is sorted in. */
  readonly opener: string | null;
  /** Only superusers have it, and may grant it on: services keep it for themselves. */
  readonly isOfSuperusers?: true;
  /** Hidden without pg_read_all_stats, which pg_monitor contains, even where there is nothing to hide right now. */
  readonly isOfStatistics?: true;
}

/** In the order of how much depends on it. What every login role may read is one row. */
export const WANTED: readonly Wanted[] = [
  {
    key: 'catalog',
    name: 'The system catalog',
    why: 'Tables, indexes, constraints, functions, roles and grants: most checks and pages are made of it.',
    facts: [
      'tables',
      'indexes',
      'columns',
      'constraints',
      'sequences',
      'triggers',
      'views',
      'functions',
      'roles',
    ],
    opener: null,
  },
  {
    key: 'sessions',
    name: 'Sessions of other roles',
    why: 'State, age, statement, address and encryption: who blocks whom, who keeps a transaction open, how full the server is.',
    facts: ['activity', 'progress'],
    opener: 'pg_monitor',
    isOfStatistics: true,
  },
  {
    key: 'statements',
    name: 'Statements of other roles',
    why: 'The texts in pg_stat_statements: which statements are slow or heavy.',
    facts: ['statements'],
    opener: 'pg_stat_statements',
    isOfStatistics: true,
  },
  {
    key: 'settings',
    name: 'All server settings',
    why: 'Some are hidden from ordinary roles, shared_preload_libraries and the places of files among them.',
    facts: ['settings', 'restrictedSettings'],
    opener: 'pg_read_all_settings',
  },
  {
    key: 'sizes',
    name: 'Sizes of all databases',
    why: 'How large the server is and what grows, also where this role may not connect.',
    facts: ['databases'],
    opener: 'pg_read_all_stats',
    isOfStatistics: true,
  },
  {
    key: 'replication',
    name: 'Standbys and other replication clients',
    why: 'Lag, and whether an index without scans here is used on a standby.',
    facts: ['replicationClients'],
    opener: null,
    isOfStatistics: true,
  },
  {
    key: 'counters',
    name: 'Counters of the server',
    why: 'WAL, checkpoints and I/O for Statistics, and whether checkpoints come too often.',
    facts: ['serverCounters', 'checkpoints', 'archiver'],
    opener: null,
  },
  {
    key: 'column statistics',
    name: 'Statistics of columns',
    why: 'Widths and null shares of large tables, which bloat is estimated from. They show values, so they go with SELECT on the table.',
    facts: ['columnStatistics'],
    opener: null,
  },
  {
    key: 'sequences',
    name: 'Values of sequences',
    why: 'Which one comes to its end, and which columns are too narrow for it.',
    facts: ['sequenceValues'],
    opener: null,
  },
  {
    key: 'hba',
    name: 'Rules of pg_hba.conf',
    why: 'Who is let in from where, and how they prove who they are.',
    facts: ['hbaRules'],
    opener: 'pg_hba_file_rules',
    isOfSuperusers: true,
  },
  {
    key: 'files',
    name: 'Configuration files',
    why: 'Errors in them, lines without effect, and which line sets what.',
    facts: ['fileSettingErrors'],
    opener: 'pg_file_settings',
    isOfSuperusers: true,
  },
  {
    key: 'passwords',
    name: 'Stored password verifiers',
    why: 'Whether a password is a default or still hashed with MD5. They are compared where they are read, and never kept.',
    facts: ['rolePasswords'],
    opener: 'pg_authid',
    isOfSuperusers: true,
  },
];
