import { setTimeout as delay } from 'node:timers/promises';
import { type AdminClient, openAdminClient } from '#engine/postgres/admin-client.ts';
import { SCHEMA } from './schema.ts';
import { EXPECTED_VIEWS, MATVIEW } from './schema/views.ts';
import { CATEGORIES, type DemoTable, addForeignKeys, createTable } from './table.ts';
import {
  LOOKUP_SETTINGS,
  REPORT_SETTINGS,
  replayChannelUpdates,
  replayLookups,
  replayPostUpdates,
  replayReports,
} from './workload.ts';

export const DEMO_DATABASE = 'analyticbot';
export const DEMO_ROLE = 'analyticbot_app';
/** The weak password that the audit has to find. */
export const DEMO_PASSWORD = 'change_me';

export interface DemoServer {
  readonly host: string;
  readonly port: number;
  /** A superuser: the audit reads password verifiers. */
  readonly user: string;
  readonly password: string;
}

export interface DemoDatabase {
  /** Connects as the server's superuser. */
  readonly url: string;
  readonly database: string;
  /** Owner of everything in the database, and its weak password. */
  readonly role: string;
  readonly password: string;
  /** Materialized views that the application expects, present or not. */
  readonly expectedViews: readonly string[];
}

export type DemoProgress = (step: string, done: number, total: number) => void;

/**
 * Builds the AnalyticBot database on a server that is ours and empty (PostgreSQL 15): 39 tables, 226 indexes
 * including those of the materialized view, rows, and a replayed workload whose counters are exact. The same result on
 * every run. Takes some seconds; throws CANCELLED, or what the server said.
 */
export async function buildDemo(options: {
  readonly server: DemoServer;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: DemoProgress | undefined;
}): Promise<DemoDatabase> {
  const { server, signal, onProgress } = options;
  for (const [done, { label, run }] of STEPS.entries()) {
    onProgress?.(label, done, STEPS.length);
    await run({ server, signal });
  }
  onProgress?.('Ready', STEPS.length, STEPS.length);
  return {
    url: demoUrl(server),
    database: DEMO_DATABASE,
    role: DEMO_ROLE,
    password: DEMO_PASSWORD,
    expectedViews: EXPECTED_VIEWS,
  };
}

interface Site {
  readonly server: DemoServer;
  readonly signal: AbortSignal | undefined;
}

interface Step {
  readonly label: string;
  readonly run: (site: Site) => Promise<void>;
}

const TABLES: readonly DemoTable[] = CATEGORIES.flatMap((category) => SCHEMA[category]);

// Nothing here outlives the session that loads, so there is no need to wait for the disk at each commit.
const LOAD_SETTINGS: Readonly<Record<string, string>> = {
  synchronous_commit: 'off',
  maintenance_work_mem: '128MB',
  max_parallel_maintenance_workers: '0',
  max_parallel_workers_per_gather: '0',
  log_statement: 'none',
  log_min_duration_statement: '-1',
  jit: 'off',
  'pg_stat_statements.track': 'none',
};
const APPLICATION = 'analyticbot-api';

const STEPS: readonly Step[] = [
  { label: 'Creating the database', run: (site) => asSuperuser(site, 'postgres', createDatabase) },
  {
    label: `Creating ${TABLES.length} tables`,
    run: (site) =>
      asOwner(
        site,
        CATEGORIES.flatMap((c) => SCHEMA[c].map((t) => createTable(c, t))),
      ),
  },
  {
    label: 'Loading rows',
    run: (site) =>
      asOwner(
        site,
        TABLES.map(({ rows }) => `${rows};`),
      ),
  },
  {
    label: 'Creating indexes',
    run: (site) => asOwner(site, [...TABLES.map(({ indexes }) => indexes), MATVIEW]),
  },
  { label: 'Adding foreign keys', run: (site) => asOwner(site, TABLES.map(addForeignKeys)) },
  { label: 'Vacuuming and analysing', run: (site) => asSuperuser(site, DEMO_DATABASE, startCounting) },
  { label: 'Replaying a workload', run: replay },
  { label: 'Settling the counters', run: (site) => asSuperuser(site, DEMO_DATABASE, settle) },
];
export const BUILD_STEPS = STEPS.length;

function asSuperuser(
  { server, signal }: Site,
  database: string,
  work: (client: AdminClient) => Promise<void>,
): Promise<void> {
  const { host, port, user, password } = server;
  return withClient(
    {
      host,
      port,
      user,
      password,
      database,
      settings: LOAD_SETTINGS,
      applicationName: 'pgvitals-demo',
      signal,
    },
    work,
  );
}

function asOwner(site: Site, statements: readonly string[]): Promise<void> {
  return asSuperuser(site, DEMO_DATABASE, async (client) => {
    await client.query([`SET ROLE ${DEMO_ROLE};`, ...statements].join('\n'));
  });
}

async function createDatabase(client: AdminClient): Promise<void> {
  // Until the counters are what they should be, autovacuum must not change them.
  await client.query('ALTER SYSTEM SET autovacuum = off');
  await reloaded(client, 'off');
  await client.query(`CREATE ROLE ${DEMO_ROLE} LOGIN PASSWORD '${DEMO_PASSWORD}'`);
  await client.query(`CREATE DATABASE ${DEMO_DATABASE} OWNER ${DEMO_ROLE}`);
}

async function startCounting(client: AdminClient): Promise<void> {
  // Commits that are still on their way to the disk keep VACUUM from marking pages all-visible, and with that the
  // planner from index-only scans. This one waits, and all before it are in front of it.
  await client.query('SET synchronous_commit = on; CREATE EXTENSION pg_stat_statements');
  await client.query('SELECT pg_stat_reset()');
  const vacuumed = TABLES.map(({ name }) => name).filter((name) => name !== 'channels');
  await client.query(`VACUUM (ANALYZE) ${vacuumed.join(', ')}`);
  await client.query('ANALYZE channels');
  await client.query('SELECT pg_stat_statements_reset()');
}

async function replay({ server, signal }: Site): Promise<void> {
  const asApplication = (
    settings: Readonly<Record<string, string>>,
    work: (c: AdminClient) => Promise<void>,
  ) =>
    withClient(
      {
        host: server.host,
        port: server.port,
        user: DEMO_ROLE,
        password: DEMO_PASSWORD,
        database: DEMO_DATABASE,
        settings: { ...settings, synchronous_commit: 'off' },
        applicationName: APPLICATION,
        signal,
      },
      work,
    );
  await asApplication(LOOKUP_SETTINGS, replayPostUpdates);
  const sessions = await Promise.allSettled([
    asApplication(LOOKUP_SETTINGS, replayLookups),
    asApplication(REPORT_SETTINGS, replayReports),
  ]);
  for (const session of sessions) if (session.status === 'rejected') throw session.reason;
  // Last, so that what the look-ups read in channels does not depend on who was faster.
  await asApplication(REPORT_SETTINGS, replayChannelUpdates);
}

async function settle(client: AdminClient): Promise<void> {
  // A backend publishes its last counters while it exits, and leaves pg_stat_activity after that.
  await untilTrue(
    client,
    `SELECT count(*) = 0 AS ok FROM pg_stat_activity WHERE application_name = '${APPLICATION}'`,
  );
  await client.query('ALTER SYSTEM RESET autovacuum');
  await reloaded(client, 'on');
}

/** The postmaster reads the file before it tells its backends to, so what this session sees holds for new ones too. */
async function reloaded(client: AdminClient, autovacuum: 'on' | 'off'): Promise<void> {
  await client.query('SELECT pg_reload_conf()');
  await untilTrue(client, `SELECT current_setting('autovacuum') = '${autovacuum}' AS ok`);
}

async function untilTrue(client: AdminClient, question: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 10) {
    const [answer] = await client.query<{ ok: boolean }>(question);
    if (answer?.ok) return;
    await delay(10);
  }
  throw new Error(`Still not true after 10 s: ${question}`);
}

async function withClient(
  options: Parameters<typeof openAdminClient>[0],
  work: (client: AdminClient) => Promise<void>,
): Promise<void> {
  const client = await openAdminClient(options);
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function demoUrl({ host, port, user, password }: DemoServer): string {
  return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${DEMO_DATABASE}`;
}
