import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createDatabase, query, urlOf, usePrivateServer } from '../support/postgres.ts';
import { useEngine } from '../support/insight.ts';

/** Where Debian's postgresql-15-cron puts its programs; the embedded server has no pg_cron. */
const BIN_DIR = '/usr/lib/postgresql/15/bin';
const isHere = existsSync('/usr/share/postgresql/15/extension/pg_cron.control') && existsSync(BIN_DIR);
if (!isHere)
  console.warn('SKIPPED: last refreshes by pg_cron. Install the Debian package postgresql-15-cron.');

const VIEWS = `
  CREATE SCHEMA app; CREATE SCHEMA "Odd""Schema";
  CREATE MATERIALIZED VIEW daily AS SELECT 1 AS one;
  CREATE MATERIALIZED VIEW "Daily" AS SELECT 1 AS one;
  CREATE MATERIALIZED VIEW app.daily AS SELECT 1 AS one;
  CREATE UNIQUE INDEX ON app.daily (one);
  CREATE MATERIALIZED VIEW "Odd""Schema"."a.b;" AS SELECT 1 AS one;
  CREATE MATERIALIZED VIEW slow AS SELECT 1 AS one FROM pg_sleep(0.2);
  CREATE MATERIALIZED VIEW pair AS SELECT 1 AS one FROM pg_sleep(0.1);
  CREATE MATERIALIZED VIEW emptied AS SELECT 1 AS one;
  CREATE FUNCTION fail() RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$no luck$$; END';
  CREATE MATERIALIZED VIEW broken AS SELECT fail() WITH NO DATA;
  CREATE MATERIALIZED VIEW never AS SELECT 1 AS one;
  CREATE ROLE worker LOGIN; GRANT CREATE, USAGE ON SCHEMA app TO worker;
  ALTER ROLE worker SET search_path = app, public; ALTER MATERIALIZED VIEW app.daily OWNER TO worker;`;

/** Command → the view that PostgreSQL refreshes for it, as the role that owns the job. */
const JOBS: readonly (readonly [command: string, view: string | null, role?: string])[] = [
  ['REFRESH MATERIALIZED VIEW DAILY', 'daily'],
  ['refresh materialized view public."Daily";', 'Daily'],
  ['REFRESH /* not; yet */ MATERIALIZED VIEW CONCURRENTLY Daily', 'app.daily', 'worker'],
  ['REFRESH MATERIALIZED VIEW "Odd""Schema"."a.b;" WITH DATA', 'Odd"Schema.a.b;'],
  ['REFRESH MATERIALIZED VIEW slow', 'slow'],
  ["SELECT 'REFRESH MATERIALIZED VIEW never'; REFRESH MATERIALIZED VIEW pair; SELECT 1", 'pair'],
  ['REFRESH MATERIALIZED VIEW emptied WITH NO DATA', null],
  ['REFRESH MATERIALIZED VIEW broken', null],
];

describe.runIf(isHere)('last refreshes, by the records of pg_cron', () => {
  const server = usePrivateServer({
    binDir: BIN_DIR,
    settings: {
      shared_preload_libraries: 'pg_cron',
      // Over libpq it would need a password.
      'cron.use_background_workers': 'on',
      max_worker_processes: '24',
    },
  });
  const { engine, open } = useEngine();
  let url: string;

  const overview = async (connectionUrl: string) =>
    engine.insight.matviews.overview({ connectionId: await open(connectionUrl), maxAgeMs: 0 }, {});
  const views = async (connectionUrl: string) =>
    new Map(
      (await overview(connectionUrl)).data.views.map((view) => [
        view.schema === 'public' ? view.name : `${view.schema}.${view.name}`,
        view,
      ]),
    );

  beforeAll(async () => {
    const running = await server.get();
    url = urlOf(running, 'postgres');
    await query(url, `CREATE EXTENSION pg_cron; ${VIEWS}`);
    for (const [command, , role] of JOBS) {
      await query(
        url,
        'INSERT INTO cron.job (schedule, command, username, nodeport) VALUES ($1, $2, $3, $4)',
        ['@reboot', command, role ?? 'postgres', running.port],
      );
    }
    await query(
      url,
      `INSERT INTO cron.job (schedule, command, active) VALUES ('0 3 * * *', 'REFRESH MATERIALIZED VIEW never', true), ('0 4 * * *', 'REFRESH MATERIALIZED VIEW slow', false)`,
    );
    await running.restart();
    await vi.waitFor(
      async () => {
        const [count] = await query<{ runs: number }>(
          url,
          "SELECT count(*)::int AS runs FROM cron.job_run_details WHERE status IN ('succeeded', 'failed')",
        );
        if (count?.runs !== JOBS.length) throw new Error(`only ${count?.runs} jobs have run`);
      },
      { timeout: 60_000, interval: 500 },
    );
  }, 120_000);

  it('when each view was refreshed and how long that took, whatever way its name is written', async () => {
    const found = await views(url);
    const truth = await query<{ command: string; at: Date; ms: number }>(
      url,
      `SELECT command, end_time AS at, 1000 * extract(epoch FROM end_time - start_time)::float8 AS ms
       FROM cron.job_run_details WHERE status = 'succeeded'`,
    );
    for (const [command, view] of JOBS) {
      if (view === null) continue;
      const run = truth.find((t) => t.command === command);
      const row = found.get(view);
      expect([view, Date.parse(row?.lastRefreshAt ?? '')]).toEqual([view, run?.at.getTime()]);
      expect(row?.lastRefreshMs).toBeCloseTo(run?.ms ?? -1, 0);
      expect([view, row?.isLastRefreshOfMore]).toEqual([view, view === 'pair']);
      expect(row?.failure).toBeNull();
    }
    expect(found.get('emptied')).toMatchObject({ lastRefreshAt: null, isPopulated: false });
    expect(found.get('never')).toMatchObject({ lastRefreshAt: null, failure: null });
    expect(found.get('broken')).toMatchObject({ lastRefreshAt: null });
    expect(found.get('broken')?.failure?.message).toMatch(/no luck/);
  });

  it('which jobs are to come', async () => {
    const found = await views(url);
    expect(found.get('never')?.schedules).toEqual(['0 3 * * *']);
    expect(found.get('slow')?.schedules).toEqual(['@reboot']);
    expect(found.get('app.daily')?.schedules).toEqual(['@reboot']);
  });

  it('in another database it says where the records are, and takes no view for its namesake', async () => {
    const other = await createDatabase(
      await server.get(),
      'CREATE MATERIALIZED VIEW daily AS SELECT 1 AS one',
    );
    try {
      const before = (await views(url)).get('daily')?.lastRefreshAt;
      await query(
        url,
        `INSERT INTO cron.job_run_details (jobid, database, username, command, status, start_time, end_time)
         VALUES (99, $1, 'postgres', 'REFRESH MATERIALIZED VIEW daily', 'succeeded', now(), now())`,
        [other.name],
      );
      expect((await views(url)).get('daily')?.lastRefreshAt).toBe(before);
      const { data, unread } = await overview(other.url);
      expect(data.records).toEqual({ by: 'pg_cron elsewhere', database: 'postgres' });
      expect(data.views[0]).toMatchObject({ lastRefreshAt: null });
      expect(unread).toEqual([]);
    } finally {
      await other.drop();
    }
  });

  it('says what a role lacks to read them; what it says is enough', async () => {
    await query(
      url,
      `CREATE ROLE "Odd Reader" LOGIN PASSWORD 'x-y-z-1'; REVOKE SELECT ON cron.job FROM PUBLIC`,
    );
    const reader = urlOf(await server.get(), 'postgres', { user: 'Odd Reader', password: 'x-y-z-1' });
    const cronNotices = async () => (await overview(reader)).unread.filter((u) => u.fact === 'cron');
    const [refused] = await cronNotices();
    expect((await overview(reader)).data.records).toEqual({ by: 'unreadable' });
    expect(refused?.grant).toBe(
      'GRANT USAGE ON SCHEMA cron TO "Odd Reader"; GRANT SELECT ON cron.job TO "Odd Reader"',
    );
    await query(url, refused?.grant ?? '');
    const [hidden] = await cronNotices();
    expect(hidden?.reason).toMatch(/only its own jobs/);
    expect((await overview(reader)).data.records).toEqual({ by: 'pg_cron' });
    expect((await views(reader)).get('daily')?.lastRefreshAt).toBeNull();
    await query(url, hidden?.grant ?? '');
    expect((await views(reader)).get('daily')?.lastRefreshAt).toBe(
      (await views(url)).get('daily')?.lastRefreshAt,
    );
  });
});
