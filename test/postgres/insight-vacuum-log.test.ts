import { describe, expect, it } from 'vitest';
import type { VacuumLog } from '#shared/model/vacuum.ts';
import { useEngine } from '../support/insight.ts';
import { createDatabase, query, type TestDatabase, urlOf, usePrivateServer } from '../support/postgres.ts';

const { engine, open } = useEngine();

const SETTINGS = {
  autovacuum_naptime: '1s',
  autovacuum_vacuum_threshold: '100',
  autovacuum_vacuum_scale_factor: '0',
  log_autovacuum_min_duration: '0',
};
const CASES = [
  { major: 14, destination: 'stderr' },
  { major: 15, destination: 'jsonlog' },
  { major: 17, destination: 'csvlog' },
  { major: 18, destination: 'stderr' },
] as const;

describe.each(CASES)('the log of PostgreSQL $major as $destination', ({ major, destination }) => {
  const server = usePrivateServer({
    major,
    settings: { ...SETTINGS, logging_collector: 'on', log_destination: destination },
  });

  it('tells each run of autovacuum, with what it removed', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE SCHEMA shop; CREATE TABLE shop.orders (id int);
       INSERT INTO shop.orders SELECT generate_series(1, 1000)`,
    );
    await database.query('DELETE FROM shop.orders WHERE id <= 400');
    const connectionId = await open(database.url);
    const log = async (): Promise<VacuumLog> => engine.insight.vacuum.log({ connectionId }, {});
    const vacuums = async () => {
      const read = await log();
      if (read.state !== 'read') throw new Error(read.reason);
      return read.runs.filter((run) => run.what === 'vacuum' && run.table === 'shop.orders');
    };
    await expect.poll(vacuums, { timeout: 30_000 }).toHaveLength(1);
    const [run] = await vacuums();
    expect(run).toMatchObject({ kind: null, removedRows: 400, remainingRows: 600, notRemovableRows: 0 });
    const counted = async () =>
      (
        await database.query<{ at: string | null; count: number }>(
          `SELECT last_autovacuum::text AS at, autovacuum_count::int AS count FROM pg_stat_user_tables WHERE relname = 'orders'`,
        )
      )[0];
    // Up to PostgreSQL 14 a collector counts, half a second later, more when busy.
    await expect.poll(async () => (await counted())?.count, { timeout: 20_000 }).toBe(1);
    const truth = await counted();
    const loggedMs = Date.parse((run?.at ?? '').replace(' UTC', 'Z').replace(' ', 'T'));
    expect(Math.abs(loggedMs - Date.parse(truth?.at ?? ''))).toBeLessThan(5_000);
    expect(run?.elapsedMs).toBeLessThan(5_000);
    const file = await log();
    expect(file).toMatchObject({ minDurationMs: 0, file: expect.stringMatching(/^log\/postgresql-/) });
    // What another database's tables went through is not ours to show.
    const other = await createDatabase(await server.get());
    const otherId = await open(other.url);
    expect(JSON.stringify(await engine.insight.vacuum.log({ connectionId: otherId }, {}))).not.toContain(
      'orders',
    );
  });
});

describe('a log that cannot be read', () => {
  const server = usePrivateServer({ major: 15, settings: { log_autovacuum_min_duration: '-1' } });

  const logOf = async (database: TestDatabase, role?: { user: string; password: string }) => {
    const url = role ? urlOf(database.server, database.name, role) : database.url;
    return engine.insight.vacuum.log({ connectionId: await open(url) }, {});
  };

  it('says what is missing: a right, the setting, a file', async () => {
    const database = await createDatabase(
      await server.get(),
      "CREATE ROLE reader LOGIN PASSWORD 'reader-3f8a'",
    );
    const refused = await logOf(database, { user: 'reader', password: 'reader-3f8a' });
    expect(refused).toMatchObject({
      state: 'unreadable',
      reason: expect.stringContaining('reader may not read'),
    });
    if (refused.state !== 'unreadable') return;
    for (const sql of refused.sql) await database.query(sql);
    const off = await logOf(database, { user: 'reader', password: 'reader-3f8a' });
    expect(off).toMatchObject({
      state: 'unreadable',
      reason: expect.stringContaining('log_autovacuum_min_duration is -1'),
    });
    if (off.state !== 'unreadable') return;
    for (const sql of off.sql) await query(database.url, sql);
    const shown = async () =>
      (await database.query<{ s: string }>("SELECT current_setting('log_autovacuum_min_duration') AS s"))[0]
        ?.s;
    await expect.poll(shown).toBe('1min');
    expect(await logOf(database)).toMatchObject({
      state: 'unreadable',
      reason: expect.stringContaining('logging_collector is off'),
    });
  });
});
