/**
 * Opens a transaction that can only read, with reliability.md §4.2 as SET LOCAL: a setting made outside would be lost
 * behind a transaction pooler, or worse, stay behind on a server connection that another program gets next.
 * Read-only is a seat belt: VACUUM or pg_stat_reset() pass it, so collectors keep to an allow-list of functions.
 */
export function beginReadOnly(
  label: string,
  {
    statementTimeoutMs,
    lockTimeoutMs,
  }: { readonly statementTimeoutMs: number; readonly lockTimeoutMs: number },
): string {
  return (
    [
      `${comment(label)}BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`,
      // First: nothing below may find a function or operator that somebody put in front of pg_catalog.
      `SET LOCAL search_path = ''`,
      `SET LOCAL statement_timeout = ${wholeMs(statementTimeoutMs)}`,
      `SET LOCAL lock_timeout = ${wholeMs(lockTimeoutMs)}`,
      ...CONSTANT_SETTINGS.map(([name, value]) => `SET LOCAL ${name} = ${value}`),
      `SELECT pg_catalog.pg_backend_pid()`,
    ]
      // Each by itself: pg_stat_statements counts them apart.
      .map((statement) => `${statement} ${OWN_TAG}`)
      .join('; ')
  );
}

/** Goes in front of every statement, so that a DBA sees in pg_stat_activity and in the log what runs there. */
export function comment(label: string): string {
  return `/* ${COMMENT_PREFIX}${label.replace(/[^A-Za-z0-9_.: -]/g, '_').slice(0, 60)} */ `;
}

export const COMMENT_PREFIX = 'pgvitals:';
/** At the end of a statement, where pg_stat_statements keeps it in every version (`tagged-session.ts`). */
export const OWN_TAG = `/* ${COMMENT_PREFIX}collector */`;
export const DEFAULT_STATEMENT_TIMEOUT_MS = 10_000;
export const DEFAULT_LOCK_TIMEOUT_MS = 500;

const CONSTANT_SETTINGS: ReadonlyArray<readonly [name: string, value: string]> = [
  ['idle_in_transaction_session_timeout', '15000'],
  ['max_parallel_workers_per_gather', '0'],
  ['jit', 'off'],
  // Reading 10,000 tables or 5,000 statements would spill into temporary files at the 4 MB that servers come with.
  ['work_mem', "'32MB'"],
  ['client_encoding', "'UTF8'"],
  ['DateStyle', "'ISO'"],
  ['IntervalStyle', "'postgres'"],
  ['TimeZone', "'UTC'"],
  ['bytea_output', "'hex'"],
  ['default_transaction_read_only', 'on'],
  // A role or a database may carry other values of these, and they change what we send or what comes back.
  ['standard_conforming_strings', 'on'],
  ['quote_all_identifiers', 'off'],
  ['extra_float_digits', '1'],
];

/**
 * Set for as long as a session lasts, where nobody else gets its backend: a server that a router has cut off from us would
 * keep that backend for two hours, and after a few times this role would have none left.
 */
export const KEEPALIVE_SETTINGS: ReadonlyArray<readonly [name: string, value: string]> = [
  ['tcp_keepalives_idle', '30'],
  ['tcp_keepalives_interval', '10'],
  ['tcp_keepalives_count', '3'],
];

/** What every transaction of ours sets for itself. */
export const OWN_SETTINGS: readonly string[] = [
  'search_path',
  'statement_timeout',
  'lock_timeout',
  ...CONSTANT_SETTINGS.map(([name]) => name),
];

/** Zero would mean no limit. */
function wholeMs(milliseconds: number): number {
  return Math.max(1, Math.min(2_147_483_647, Math.round(milliseconds)));
}
