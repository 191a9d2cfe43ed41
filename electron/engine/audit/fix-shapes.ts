import type { LockMode } from '#shared/model/finding.ts';

/** What a check's fix looks like, for help pages; a finding carries the real statements. */
export interface FixShape {
  /** Without trailing semicolon; lower-case words stand for names. Empty = guided steps, no SQL. */
  readonly sql: readonly string[];
  readonly lock: LockMode;
  readonly undo: string;
}

const GUIDED: FixShape = { sql: [], lock: 'none', undo: 'each finding says how' };
const NOTHING = 'nothing to undo';

const setting = (name: string, value: string): FixShape => ({
  sql: [`ALTER SYSTEM SET ${name} = ${value}`, 'SELECT pg_reload_conf()'],
  lock: 'none',
  undo: 'ALTER SYSTEM RESET, or SET to the value from before',
});
const online = (sql: string, undo: string): FixShape => ({
  sql: [sql],
  lock: 'SHARE UPDATE EXCLUSIVE',
  undo,
});
const brief = (sql: string, undo: string): FixShape => ({ sql: [sql], lock: 'ACCESS EXCLUSIVE', undo });
const unlocked = (sql: string, undo: string): FixShape => ({ sql: [sql], lock: 'none', undo });
const dropIndex = online('DROP INDEX CONCURRENTLY index', 'the stored CREATE INDEX CONCURRENTLY');

/** Source: the table of checks.md §5. Keyed by check id; explain.test.ts holds it complete. */
export const FIX_SHAPES: Readonly<Record<string, FixShape>> = {
  'xid-wraparound': online('VACUUM (FREEZE, VERBOSE) table', NOTHING),
  'multixact-wraparound': online('VACUUM (FREEZE) table', NOTHING),
  'durability-off': setting('fsync', 'on'),
  'checksum-failures': GUIDED,
  'sequence-exhaustion': {
    sql: ['ALTER SEQUENCE sequence AS bigint'],
    lock: 'SHARE ROW EXCLUSIVE',
    undo: 'ALTER SEQUENCE … AS the type from before',
  },
  'autovacuum-off': setting('autovacuum', 'on'),
  'xmin-horizon-held': unlocked('SELECT pg_terminate_backend(pid)', 'not possible'),
  'slot-retains-wal': unlocked(
    "SELECT pg_drop_replication_slot('slot')",
    'not possible: the consumer must be rebuilt',
  ),
  'archiver-failing': GUIDED,
  'backup-missing': GUIDED,
  'backup-unverified': GUIDED,
  'backup-client-mismatch': GUIDED,
  'idle-in-transaction': unlocked(
    "ALTER ROLE role SET idle_in_transaction_session_timeout = '5min'",
    'ALTER ROLE … RESET; a terminated session does not come back',
  ),
  'blocking-chain': unlocked('SELECT pg_cancel_backend(pid)', 'not possible'),
  'prepared-xact-orphaned': unlocked("ROLLBACK PREPARED 'gid'", 'not possible'),
  'connection-saturation': GUIDED,
  'pooling-headroom': GUIDED,
  'invalid-index': online('REINDEX INDEX CONCURRENTLY index', NOTHING),
  'collation-drift': {
    sql: ['REINDEX INDEX CONCURRENTLY index', 'ALTER DATABASE database REFRESH COLLATION VERSION'],
    lock: 'SHARE UPDATE EXCLUSIVE',
    undo: NOTHING,
  },
  'server-version-risk': GUIDED,
  'hba-weak-auth': GUIDED,
  'plaintext-sessions': GUIDED,
  'superuser-sprawl': unlocked('ALTER ROLE role NOSUPERUSER', 'ALTER ROLE role SUPERUSER'),
  'md5-passwords': setting('password_encryption', "'scram-sha-256'"),
  'weak-password': GUIDED,
  'public-can-create': unlocked(
    'REVOKE CREATE ON SCHEMA schema FROM PUBLIC',
    'GRANT CREATE ON SCHEMA schema TO PUBLIC',
  ),
  'secdef-search-path': unlocked(
    'ALTER FUNCTION function(arguments) SET search_path = pg_catalog, schema, pg_temp',
    'ALTER FUNCTION function(arguments) RESET search_path',
  ),
  'rls-policy-disabled': brief(
    'ALTER TABLE table ENABLE ROW LEVEL SECURITY',
    'ALTER TABLE table DISABLE ROW LEVEL SECURITY',
  ),
  'rls-always-true-write': { ...GUIDED, undo: 'ALTER POLICY with the stored expressions' },
  'view-bypasses-rls': brief(
    'ALTER VIEW view SET (security_invoker = true)',
    'ALTER VIEW view RESET (security_invoker)',
  ),
  'public-table-grants': unlocked(
    'REVOKE privileges ON TABLE table FROM PUBLIC',
    'GRANT privileges ON TABLE table TO PUBLIC',
  ),
  'fk-missing-index': online(
    'CREATE INDEX CONCURRENTLY index ON table (columns)',
    'DROP INDEX CONCURRENTLY index',
  ),
  'unvalidated-constraint': online('ALTER TABLE table VALIDATE CONSTRAINT constraint', NOTHING),
  'fk-type-mismatch': GUIDED,
  'duplicate-index': dropIndex,
  'covered-index': dropIndex,
  'unused-index': dropIndex,
  'rarely-used-index': GUIDED,
  'over-indexed-table': GUIDED,
  'fk-delete-rule-mixed': {
    sql: [
      'ALTER TABLE table DROP CONSTRAINT constraint, ADD CONSTRAINT constraint definition NOT VALID',
      'ALTER TABLE table VALIDATE CONSTRAINT constraint',
    ],
    lock: 'ACCESS EXCLUSIVE',
    undo: 'the same two statements with the rule from before',
  },
  'index-bloat': online('REINDEX INDEX CONCURRENTLY index', NOTHING),
  'table-bloat': brief('VACUUM (FULL) table', NOTHING),
  'dead-tuples-behind': online('VACUUM (ANALYZE) table', NOTHING),
  'dead-rows-share': online('VACUUM (ANALYZE) table', NOTHING),
  'autovacuum-disabled-table': online(
    'ALTER TABLE table RESET (autovacuum_enabled)',
    'ALTER TABLE … SET again',
  ),
  'autovacuum-large-table': online(
    'ALTER TABLE table SET (autovacuum_vacuum_scale_factor = 0.01)',
    'ALTER TABLE … RESET, or SET to the value from before',
  ),
  'stale-statistics': online('ANALYZE table', NOTHING),
  'no-primary-key': brief(
    'ALTER TABLE table ADD CONSTRAINT constraint PRIMARY KEY USING INDEX index',
    'ALTER TABLE table DROP CONSTRAINT constraint',
  ),
  'replica-identity-missing': brief(
    'ALTER TABLE table REPLICA IDENTITY USING INDEX index',
    'ALTER TABLE … REPLICA IDENTITY with the one from before',
  ),
  'slow-statement': GUIDED,
  'statement-dominates': GUIDED,
  'temp-spill': unlocked("ALTER ROLE role SET work_mem = '64MB'", 'ALTER ROLE role RESET work_mem'),
  'seq-scan-large-table': GUIDED,
  'pgss-unavailable': unlocked('CREATE EXTENSION pg_stat_statements', 'DROP EXTENSION pg_stat_statements'),
  'checkpoint-pressure': setting('max_wal_size', "'4GB'"),
  'unsafe-timeouts': unlocked(
    "ALTER ROLE role SET idle_in_transaction_session_timeout = '5min'",
    'ALTER ROLE role RESET, or SET to the value from before',
  ),
  'memory-overcommit': setting('work_mem', "'4MB'"),
  'pending-restart-or-file-error': GUIDED,
  'wal-keep-unlimited': setting('max_slot_wal_keep_size', "'50GB'"),
  'replica-lag': GUIDED,
  'matview-no-concurrent-key': online(
    'CREATE UNIQUE INDEX CONCURRENTLY index ON view (columns)',
    'DROP INDEX CONCURRENTLY index',
  ),
  'matview-unpopulated-or-stale': {
    sql: ['REFRESH MATERIALIZED VIEW view', 'CREATE MATERIALIZED VIEW view AS … where it is missing'],
    lock: 'ACCESS EXCLUSIVE',
    undo: NOTHING,
  },
  'disabled-trigger': {
    sql: ['ALTER TABLE table ENABLE TRIGGER trigger'],
    lock: 'SHARE ROW EXCLUSIVE',
    undo: 'ALTER TABLE table DISABLE TRIGGER trigger',
  },
  'duplicate-fk': brief(
    'ALTER TABLE table DROP CONSTRAINT constraint',
    'ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT',
  ),
  'extension-outdated': brief('ALTER EXTENSION extension UPDATE', 'not possible'),
  'hot-updates-blocked': online(
    'ALTER TABLE table SET (fillfactor = 90)',
    'ALTER TABLE table RESET (fillfactor)',
  ),
};
