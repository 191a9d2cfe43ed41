import { describe, expect, it, vi } from 'vitest';
import { useEngine } from '../support/insight.ts';
import { createDatabase, usePrivateServer } from '../support/postgres.ts';

const { engine, open } = useEngine();

describe.each([14, 16, 18] as const)('busy autovacuum workers on PostgreSQL %i', (major) => {
  const server = usePrivateServer({
    major,
    settings: {
      autovacuum_naptime: '1s',
      autovacuum_max_workers: '2',
      // Two pages in a tenth of a second: a worker is busy for as long as the test looks at it.
      autovacuum_vacuum_cost_delay: '100ms',
      autovacuum_vacuum_cost_limit: '1',
    },
  });

  it('are those that the server has, with what they work on', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE worn (id int, t text) WITH (autovacuum_enabled = off); CREATE TABLE calm (id int);
       INSERT INTO worn SELECT g, repeat('x', 200) FROM generate_series(1, 40000) g; DELETE FROM worn WHERE id % 2 = 0`,
    );
    const connectionId = await open(database.url);
    const overview = async () =>
      (await engine.insight.vacuum.overview({ connectionId, maxAgeMs: 0 }, {})).data;
    const workers = async () =>
      (
        await database.query<{ pid: number }>(
          "SELECT pid FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' ORDER BY pid",
        )
      ).map(({ pid }) => pid);
    const [max] = await database.query<{ workers: number }>(
      "SELECT current_setting('autovacuum_max_workers')::int AS workers",
    );
    // Workers that only look whether there is work come and go: what was the same before and after was so in between.
    const steady = async (atLeast: number) =>
      vi.waitFor(
        async () => {
          const before = await workers();
          const data = await overview();
          expect(await workers()).toEqual(before);
          expect(before.length).toBeGreaterThanOrEqual(atLeast);
          return { pids: before, data };
        },
        { timeout: 30_000, interval: 20 },
      );
    const idle = await steady(0);
    expect(idle.data.figures).toMatchObject({ workers: idle.pids.length, workersMax: max?.workers });
    expect(idle.data.running).toEqual([]);

    await database.query('ALTER TABLE worn SET (autovacuum_enabled = on)');
    const atWork = () =>
      database.query<{ pid: number; relation: string; phase: string; total: number }>(
        `SELECT pid, relid::regclass::text AS relation, phase, heap_blks_total::int AS total
         FROM pg_stat_progress_vacuum JOIN pg_stat_activity USING (pid) WHERE backend_type = 'autovacuum worker'`,
      );
    await expect.poll(async () => (await atWork()).length, { timeout: 30_000 }).toBe(1);
    const busy = await steady(1);
    const [truth, ...others] = await atWork();
    expect(others).toEqual([]);
    expect(busy.pids).toContain(truth?.pid);
    expect(busy.data.figures.workers).toBe(busy.pids.length);
    expect(busy.data.running).toMatchObject([
      { pid: truth?.pid, command: 'VACUUM', relation: truth?.relation, startedBy: 'autovacuum' },
    ]);
    expect(busy.data.running[0]?.done?.total).toBe(truth?.total);
    // Ended by hand, it is no longer counted.
    await database.query('ALTER SYSTEM SET autovacuum = off');
    await database.query('SELECT pg_reload_conf()');
    await database.query('SELECT pg_terminate_backend($1)', [truth?.pid]);
    await expect.poll(workers, { timeout: 20_000 }).toEqual([]);
    expect((await overview()).figures.workers).toBe(0);
  });
});
