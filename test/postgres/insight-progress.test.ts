import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ProgressRow } from '#shared/model/progress.ts';
import { holdSessions } from '../support/held-sessions.ts';
import { useEngine } from '../support/insight.ts';
import { createDatabase, query, type TestDatabase, urlOf, usePrivateServer } from '../support/postgres.ts';

const { engine, open } = useEngine();

/** So slow that the counters stand still while we look at them twice: a page takes 100 ms and more. */
const SLOWLY = "SET vacuum_cost_delay = '100ms'; SET vacuum_cost_limit = 1";

const SOON = { timeout: 20_000, interval: 50 };
const held: { release(): Promise<void> }[] = [];

describe.each([14, 16, 17, 18] as const)('running maintenance on PostgreSQL %i', (major) => {
  const server = usePrivateServer({ major, settings: { autovacuum: 'off' } });

  afterEach(async () => {
    // What is slow on purpose would not notice that its client left.
    await query(
      urlOf(await server.get(), 'postgres'),
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'fixture-%'",
    );
    await Promise.all(held.splice(0).map((one) => one.release()));
  });

  const makeDatabase = async (): Promise<TestDatabase> =>
    createDatabase(
      await server.get(),
      `CREATE SCHEMA shop; CREATE TABLE shop.orders (id int, t text);
       INSERT INTO shop.orders SELECT g, repeat('x', 100) FROM generate_series(1, 20000) g;
       CREATE INDEX orders_id ON shop.orders (id); DELETE FROM shop.orders WHERE id % 2 = 0`,
    );

  const both = async (connectionId: string): Promise<readonly ProgressRow[]> => {
    const activity = await engine.insight.activity.overview({ connectionId, maxAgeMs: 0 }, {});
    const vacuum = await engine.insight.vacuum.overview({ connectionId }, {});
    expect(vacuum.data.running.map((row) => row.pid)).toEqual(
      activity.data.progress.filter((row) => /^(?:VACUUM|ANALYZE)/.test(row.command)).map((row) => row.pid),
    );
    return activity.data.progress;
  };

  it.each(['VACUUM', 'ANALYZE'] as const)(
    '%s: phase, blocks and share are those of the view',
    async (command) => {
      const database = await makeDatabase();
      held.push(await holdSessions(database.url, [[SLOWLY, `${command} shop.orders`]]));
      const [view, done, total, phase] =
        command === 'VACUUM'
          ? (['vacuum', 'heap_blks_scanned', 'heap_blks_total', 'scanning heap'] as const)
          : (['analyze', 'sample_blks_scanned', 'sample_blks_total', 'acquiring sample rows'] as const);
      const truth = async () =>
        (
          await database.query<{ pid: number; phase: string; done: number; total: number }>(
            `SELECT pid, phase, ${done}::int AS done, ${total}::int AS total FROM pg_stat_progress_${view}
           WHERE relid = 'shop.orders'::regclass`,
          )
        )[0];
      await expect.poll(async () => (await truth())?.done, SOON).toBeGreaterThan(2);
      const connectionId = await open(database.url);
      await vi.waitFor(async () => {
        const before = await truth();
        const [row, ...others] = await both(connectionId);
        expect(await truth()).toEqual(before);
        expect(others).toEqual([]);
        expect(row).toMatchObject({
          pid: before?.pid,
          command,
          relation: 'shop.orders',
          phase,
          done: { count: before?.done, total: before?.total, unit: 'blocks' },
          percent: ((before?.done ?? 0) / (before?.total ?? 0)) * 100,
          startedBy: 'a user',
        });
        expect(row?.runningMs).toBeGreaterThan(0);
      }, SOON);
    },
  );

  it('CREATE INDEX CONCURRENTLY: for whom it waits, and the index that it builds', async () => {
    const database = await makeDatabase();
    held.push(await holdSessions(database.url, [['BEGIN; UPDATE shop.orders SET id = id WHERE id = 1']]));
    held.push(await holdSessions(database.url, [['CREATE INDEX CONCURRENTLY orders_t ON shop.orders (t)']]));
    const truth = async () =>
      (
        await database.query<{ phase: string; done: number; total: number; locker: number; index: string }>(
          `SELECT phase, lockers_done::int AS done, lockers_total::int AS total, current_locker_pid::int AS locker,
             index_relid::regclass::text AS index FROM pg_stat_progress_create_index`,
        )
      )[0];
    await expect.poll(async () => (await truth())?.locker ?? 0, SOON).toBeGreaterThan(0);
    const connectionId = await open(database.url);
    const [row] = await both(connectionId);
    const expected = await truth();
    expect(expected?.phase).toBe('waiting for writers before build');
    expect(row).toMatchObject({
      command: 'CREATE INDEX CONCURRENTLY',
      relation: 'shop.orders',
      phase: expected?.phase,
      done: { count: expected?.done, total: expected?.total, unit: 'sessions' },
      percent: 0,
      details: [`waits for pid ${expected?.locker}`],
    });
    expect(`shop.${row?.index}`).toBe(expected?.index);
  });

  it('COPY: rows so far, where the end is not known', async () => {
    const database = await makeDatabase();
    // The program reads nothing for a while: the pipe is full, and COPY stands still.
    held.push(await holdSessions(database.url, [["COPY shop.orders TO PROGRAM 'sleep 8; cat > /dev/null'"]]));
    const truth = async () =>
      (
        await database.query<{ rows: number }>(
          'SELECT tuples_processed::int AS rows FROM pg_stat_progress_copy',
        )
      )[0]?.rows;
    await expect.poll(truth, SOON).toBeGreaterThan(0);
    const connectionId = await open(database.url);
    const [row] = await both(connectionId);
    expect(row).toMatchObject({
      command: 'COPY TO',
      relation: 'shop.orders',
      phase: 'copying',
      done: { count: await truth(), total: null, unit: 'rows' },
      percent: null,
    });
  });
});
