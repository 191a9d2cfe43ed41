/** Settings of servers for tests: throw-away, quiet, and able to do what some checks look for. */
export const TEST_SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  shared_buffers: '32MB',
  shared_preload_libraries: 'pg_stat_statements',
  // Every test file of a run uses the same server: its own statements must not be evicted by others'.
  'pg_stat_statements.max': '20000',
  wal_level: 'logical',
  max_prepared_transactions: '10',
  // On, but not in the middle of a test: counters stay as the test made them.
  autovacuum_naptime: '1d',
};
