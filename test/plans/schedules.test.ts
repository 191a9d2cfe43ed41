import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { RefreshSchedule } from '#shared/model/schedule.ts';
import { createRefreshSchedules, type RefreshSchedules } from '#engine/schedule/refreshes.ts';
import { openStore } from '#engine/store/open-store.ts';
import { usePlans } from '../support/plans.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

/** Views that refresh themselves, on a clock of seconds: the wire takes minutes only. */
const server = useServer(15);
const bench = usePlans();
let database: TestDatabase;
let connection: string;
const running: { schedules: RefreshSchedules; connection: string }[] = [];

beforeAll(async () => {
  database = await createDatabase(
    await server.get(),
    `CREATE TABLE items (id int); CREATE MATERIALIZED VIEW counts AS SELECT count(*) AS items FROM items;
     CREATE UNIQUE INDEX counts_key ON counts (items);
     CREATE MATERIALIZED VIEW empty AS SELECT 1 AS one WITH NO DATA; CREATE UNIQUE INDEX empty_key ON empty (one);`,
  );
  connection = await bench.open(database.url, false);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((entry) => entry.schedules.stop(entry.connection)));
});

afterAll(async () => {
  await database?.drop();
});

async function every(
  second: string,
  view: Pick<RefreshSchedule, 'name' | 'isConcurrent'>,
  pauses: number[] = [],
) {
  const { profiles } = openStore(null);
  const identity = { key: 'here', label: 'here' };
  profiles.write(identity, 'refresh-schedules', [{ schema: 'public', pattern: second, ...view }]);
  const schedules = createRefreshSchedules({
    identity: async () => identity,
    profiles,
    refresh: async (id, { name, isConcurrent }, signal) => {
      const [row] = await database.query<{ oid: number }>('SELECT $1::regclass::oid::int AS oid', [name]);
      return bench.engine.plans.runScheduled(
        id,
        { verb: 'refresh-matview', matview: row?.oid ?? 0, isConcurrent },
        signal,
      );
    },
    assertUnlocked: () => undefined,
    log: () => undefined,
    pause: async (ms) => void pauses.push(ms),
  });
  await schedules.start(connection);
  running.push({ schedules, connection });
  return async () => (await schedules.list(connection, {})).refreshes[0];
}

describe('a scheduled refresh', () => {
  it('brings the view up to date, on a connection that is read-only otherwise, and is in the journal', async () => {
    await database.query('INSERT INTO items SELECT generate_series(1, 7)');
    const state = await every('* * * * * *', { name: 'counts', isConcurrent: true });
    await expect.poll(async () => (await state())?.last?.outcome, { timeout: 8_000 }).toBe('done');
    expect(await database.query('SELECT items::int FROM counts')).toEqual([{ items: 7 }]);
    const jobId = (await state())?.last?.jobId ?? '';
    expect(await bench.engine.plans.job(connection, jobId, {})).toMatchObject({
      outcome: 'done',
      by: expect.stringContaining('by schedule'),
    });
  });

  it('is tried again after pauses that double, and then waits for its next time', async () => {
    const pauses: number[] = [];
    const now = new Date(Date.now() + 2_000);
    // Once, in two seconds; then in a year: all tries are of one time.
    const once = [
      now.getSeconds(),
      now.getMinutes(),
      now.getHours(),
      now.getDate(),
      now.getMonth() + 1,
      '*',
    ].join(' ');
    const state = await every(once, { name: 'empty', isConcurrent: true }, pauses);
    await expect.poll(async () => (await state())?.last?.failures, { timeout: 15_000 }).toBe(5);
    expect(pauses).toEqual([60_000, 120_000, 240_000, 480_000]);
    expect((await state())?.last).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/empty/),
    });
  });

  it('does not try again when its next time comes first', async () => {
    const pauses: number[] = [];
    const state = await every('* * * * * *', { name: 'empty', isConcurrent: true }, pauses);
    await expect.poll(async () => (await state())?.last?.outcome, { timeout: 8_000 }).toBe('failed');
    expect(pauses).toEqual([]);
  });

  it('never runs twice at once', async () => {
    const holder = new pg.Client({ connectionString: database.url });
    // Where the test fails before it is closed, its database is dropped under it.
    holder.on('error', () => undefined);
    await holder.connect();
    await holder.query('BEGIN; SELECT 1 FROM counts');
    const stop = new AbortController();
    const told: string[] = [];
    const listening = (async () => {
      for await (const { jobId } of bench.engine.plans.running(connection, stop)) told.push(jobId);
    })();
    const state = await every('* * * * * *', { name: 'counts', isConcurrent: false });
    await expect.poll(async () => (await state())?.isRunning, { timeout: 8_000 }).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const ours = await database.query(
      "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'pgvitals/maint:%' AND datname = current_database()",
    );
    expect(ours.length).toBeLessThanOrEqual(1);
    // A window that was open before hears of it, and one that is opened now.
    expect(told).toHaveLength(1);
    for await (const { jobId } of bench.engine.plans.running(connection, stop)) {
      expect(jobId).toBe(told[0]);
      break;
    }
    stop.abort();
    await listening;
    await holder.query('COMMIT');
    await holder.end();
  });

  it('is the only thing that runs by itself', async () => {
    await expect(
      bench.engine.plans.runScheduled(
        connection,
        { verb: 'analyze', tables: [1] },
        new AbortController().signal,
      ),
    ).rejects.toMatchObject({ code: 'PLAN_REFUSED' });
  });
});

describe('making a schedule', () => {
  const schedule = { schema: 'public', name: 'counts', pattern: '0 */4 * * *', isConcurrent: true };

  it('is refused while the connection is read-only, and for what is no pattern', async () => {
    await expect(bench.engine.schedules.set(connection, schedule, {})).rejects.toMatchObject({
      code: 'READ_ONLY',
    });
    bench.engine.plans.unlock(connection);
    for (const pattern of ['every day', '* * * * * *', '61 * * * *', '0 0 30 2 *'])
      await expect(
        bench.engine.schedules.set(connection, { ...schedule, pattern }, {}),
      ).rejects.toMatchObject({
        code: 'BAD_INPUT',
      });
    bench.engine.plans.lock(connection);
  });

  it('says when it comes next, replaces the one before, and is kept until it is removed', async () => {
    bench.engine.plans.unlock(connection);
    await bench.engine.schedules.set(connection, schedule, {});
    const { refreshes } = await bench.engine.schedules.set(
      connection,
      { ...schedule, pattern: '0 * * * *' },
      {},
    );
    expect(refreshes).toMatchObject([{ words: 'every hour', isRunning: false, last: null }]);
    const nextMs = Date.parse(refreshes[0]?.nextAt ?? '') - Date.now();
    expect(nextMs).toBeGreaterThan(0);
    expect(nextMs).toBeLessThanOrEqual(3_600_000);
    bench.engine.plans.lock(connection);
    expect((await bench.engine.schedules.remove(connection, schedule, {})).refreshes).toEqual([]);
  });
});
