import { type EmbeddedPostgres, startEmbeddedPostgres } from '#engine/embedded/server.ts';
import { BUILD_STEPS, type DemoDatabase, type DemoProgress, buildDemo } from './build.ts';

export interface DemoHandle extends DemoDatabase {
  readonly server: EmbeddedPostgres;
  /** Ends the server and removes its files; may be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts an embedded PostgreSQL 15 and builds the demo database on it, in some seconds. Nothing of it outlives this
 * process. Throws DEMO_UNAVAILABLE or CANCELLED, leaving nothing behind.
 */
export async function startDemo(
  options: { readonly signal?: AbortSignal | undefined; readonly onProgress?: DemoProgress | undefined } = {},
): Promise<DemoHandle> {
  const { signal, onProgress } = options;
  onProgress?.('Starting PostgreSQL', 0, BUILD_STEPS + 1);
  const server = await startEmbeddedPostgres({ settings: DEMO_SETTINGS, signal });
  try {
    const database = await buildDemo({
      server,
      signal,
      onProgress: (step, done, total) => onProgress?.(step, done + 1, total + 1),
    });
    return { ...database, server, stop: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

// As the audited server was set up, except for its size. Durability stays on: the audit would rightly object.
const DEMO_SETTINGS: Readonly<Record<string, string>> = {
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track': 'all',
  'pg_stat_statements.max': '10000',
  'pg_stat_statements.track_utility': 'on',
  'pg_stat_statements.track_planning': 'on',
  log_min_duration_statement: '1000',
  log_statement: 'ddl',
  log_line_prefix: '%m [%p] %q%u@%d ',
  autovacuum_max_workers: '4',
  autovacuum_naptime: '30s',
  autovacuum_vacuum_threshold: '25',
  autovacuum_analyze_threshold: '25',
  autovacuum_vacuum_scale_factor: '0.05',
  autovacuum_analyze_scale_factor: '0.05',
  autovacuum_vacuum_cost_delay: '10ms',
  autovacuum_vacuum_cost_limit: '2000',
};
