import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HistoryPoint } from '#shared/model/history.ts';
import { createDatabase, query, type TestDatabase, urlOf, usePrivateServer } from '../support/postgres.ts';
import { openSampled, type SampledConnection } from '../support/sampled.ts';

/** What the server had counted at an instant, asked without the engine. */
interface Truth {
  readonly atMs: number;
  readonly connections: number;
  readonly seqScans: number;
  readonly indexScans: number;
  readonly statementMs: number;
  readonly transactions: number;
}

// Of this file alone: connections and transactions of other tests would be counted too.
describe.each([14, 18] as const)('load between two samples, on PostgreSQL %i', (major) => {
  const server = usePrivateServer({ major, settings: { autovacuum: 'off' } });
  let database: TestDatabase;
  let connection: SampledConnection;
  let sessions: pg.Client[];

  beforeEach(async () => {
    sessions = [];
    database = await createDatabase(
      await server.get(),
      `CREATE EXTENSION pg_stat_statements;
       CREATE TABLE item (id int PRIMARY KEY, tag int); CREATE INDEX item_tag ON item (tag);
       CREATE TABLE note (id int, line text);
       INSERT INTO item SELECT g, g % 50 FROM generate_series(1, 5000) g;
       INSERT INTO note SELECT g, repeat('x', 50) FROM generate_series(1, 5000) g; ANALYZE`,
    );
    connection = await openSampled(database.url);
  });
  afterEach(async () => {
    for (const session of sessions) await session.end();
    await connection.close();
    await database.drop();
  });

  const truth = async (): Promise<Truth> => {
    const [row] = await query<Truth>(
      urlOf(database.server, 'postgres'),
      `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "atMs",
         (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend'
            AND pid <> pg_backend_pid() AND application_name !~ '^pgvitals/') AS connections,
         (SELECT (xact_commit + xact_rollback)::float8 FROM pg_stat_database
            WHERE datname = '${database.name}') AS transactions`,
    );
    const [own] = await database.query<Truth>(
      `SELECT (SELECT sum(seq_scan)::float8 FROM pg_stat_user_tables) AS "seqScans",
         (SELECT sum(idx_scan)::float8 FROM pg_stat_user_indexes) AS "indexScans",
         (SELECT sum(total_exec_time) FROM pg_stat_statements
            WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND query !~ 'pgvitals') AS "statementMs"`,
    );
    if (!row || !own) throw new Error('no row');
    return { ...own, ...row };
  };
  /** Sessions publish what they counted when they are idle for a moment, or end. */
  const settled = async (): Promise<Truth> => {
    const key = ({ seqScans, indexScans, connections }: Truth) => `${seqScans} ${indexScans} ${connections}`;
    let last = await truth();
    await expect
      .poll(
        async () => {
          const before = key(last);
          last = await truth();
          return key(last) === before;
        },
        { interval: 700, timeout: 20_000 },
      )
      .toBe(true);
    return last;
  };
  /** One sample more, between what the server said before it and after it. */
  const sample = async (): Promise<{ before: Truth; after: Truth }> => {
    const before = await settled();
    await connection.sample();
    return { before, after: await truth() };
  };
  const connect = async (url: string, count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      const client = new pg.Client({ connectionString: url, application_name: 'load' });
      await client.connect();
      sessions.push(client);
    }
  };
  const work = async (): Promise<void> => {
    await database.query(`SET enable_seqscan = off;
      ${'SELECT * FROM item WHERE id = 7;'.repeat(300)} ${'SELECT count(id) FROM item WHERE tag = 3;'.repeat(40)}`);
    await database.query(
      `SET max_parallel_workers_per_gather = 0; ${'SELECT count(*) FROM note;'.repeat(70)}`,
    );
    await database.query('SELECT pg_sleep(1.5)');
    for (let n = 0; n < 50; n += 1) await sessions[0]?.query('SELECT 1');
  };
  const last = (points: readonly HistoryPoint[]): number => points.at(-1)?.value ?? Number.NaN;

  it('is what the server counted between them: connections, scans, statements, transactions', async () => {
    await connect(database.url, 3);
    await connect(urlOf(database.server, 'postgres'), 2);
    const first = await sample();
    await work();
    await connect(database.url, 4);
    await sessions.shift()?.end();
    const second = await sample();

    const { trends } = await connection.history();
    const [from = '', to = ''] = trends.connections.slice(-2).map((point) => point.at);
    const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
    for (const [at, { before, after }] of [
      [from, first],
      [to, second],
    ] as const) {
      // Samples bear the server's time.
      expect(Date.parse(at)).toBeGreaterThanOrEqual(Math.floor(before.atMs));
      expect(Date.parse(at)).toBeLessThanOrEqual(after.atMs);
    }

    expect(trends.connections.map((point) => point.value).slice(-2)).toEqual([
      first.before.connections,
      second.before.connections,
    ]);
    expect([first.before.connections, second.before.connections]).toEqual([5, 8]);

    const grown = (field: 'seqScans' | 'indexScans') => second.before[field] - first.before[field];
    expect(grown('indexScans')).toBeGreaterThanOrEqual(340);
    expect(grown('seqScans')).toBeGreaterThanOrEqual(70);
    expect(Math.round(last(trends.indexScans) * seconds)).toBe(grown('indexScans'));
    expect(Math.round(last(trends.seqScans) * seconds)).toBe(grown('seqScans'));

    // Those that read the truth, and the samples, count themselves: the sample lies between two truths.
    for (const [points, field] of [
      [trends.statementLoad, 'statementMs'],
      [trends.transactions, 'transactions'],
    ] as const) {
      const counted = last(points) * seconds;
      expect(counted).toBeGreaterThanOrEqual(second.before[field] - first.after[field]);
      expect(counted).toBeLessThanOrEqual(second.after[field] - first.before[field]);
    }
    expect(last(trends.statementLoad) * seconds).toBeGreaterThan(1_500);
    expect(last(trends.transactions) * seconds).toBeGreaterThan(50);
  });

  it('is not shifted by a page that read some of the facts just before the sample', async () => {
    const { engine, connectionId } = connection;
    const readByPage = () =>
      engine.insight.history.overview({ connectionId, range: 'hour', maxAgeMs: 0 }, {});
    await connect(database.url, 1);
    await readByPage();
    await sample();
    const before = await truth();
    await engine.insight.history.setSampling({ connectionId, seconds: 8 }, {});
    const taken = (await connection.history()).extent.samples;
    // The sample, due in five seconds, may use what is up to four seconds old.
    await sleep(2_500);
    await readByPage();
    for (let n = 0; n < 200; n += 1) await sessions[0]?.query('SELECT 1');
    await sessions.shift()?.end();
    const worked = await settled();
    await expect
      .poll(async () => (await connection.history()).extent.samples, { interval: 40, timeout: 20_000 })
      .toBe(taken + 1);
    const { trends } = await connection.history();
    const [from = '', to = ''] = trends.connections.slice(-2).map((point) => point.at);
    const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
    expect(Date.parse(to)).toBeGreaterThan(worked.atMs);
    expect(last(trends.transactions) * seconds).toBeGreaterThanOrEqual(
      worked.transactions - before.transactions,
    );
  });
});
