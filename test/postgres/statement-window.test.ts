import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatementDetail, StatementRow } from '#shared/model/queries.ts';
import type { EmbeddedMajor } from '#engine/embedded/binaries.ts';
import { EVERY_STATEMENT } from '../support/insight.ts';
import { createDatabase, type TestDatabase, usePrivateServer } from '../support/postgres.ts';
import { openSampled, type SampledConnection } from '../support/sampled.ts';

const MAKE = (version: string | null) => `
  CREATE EXTENSION pg_stat_statements ${version === null ? '' : `VERSION '${version}'`};
  CREATE TABLE wide (id int, shop int, pad text);
  INSERT INTO wide SELECT g, g % 90, repeat('x', 400) FROM generate_series(1, 40000) g;
  ANALYZE wide; CHECKPOINT`;

const [READS, SORTS, WRITES, LATE] = [
  'SELECT count(pad) FROM wide WHERE shop',
  'SELECT * FROM wide ORDER BY pad',
  'UPDATE wide SET shop',
  'SELECT max(pad) FROM wide',
] as const;

interface Counted {
  readonly calls: number;
  readonly total: number;
  readonly io: number;
  readonly plan: number;
  readonly read: number;
  readonly temp: number;
  readonly wal: number;
  readonly rows: number;
}
const NOTHING: Counted = { calls: 0, total: 0, io: 0, plan: 0, read: 0, temp: 0, wal: 0, rows: 0 };

/** Each version of the extension names the times of blocks in its own way. */
const BLOCK_TIME: Readonly<Record<string, string>> = {
  '1.8': 'blk_read_time + blk_write_time',
  '1.9': 'blk_read_time + blk_write_time',
  '1.10': 'blk_read_time + blk_write_time',
  '1.12': 'shared_blk_read_time + shared_blk_write_time',
};

describe.each<[EmbeddedMajor, string | null]>([
  [14, null],
  [16, null],
  [18, null],
  // The extension of before an upgrade of the server.
  [18, '1.8'],
])('statements between samples on PostgreSQL %i, extension %s', (major, version) => {
  const server = usePrivateServer({
    major,
    settings: {
      autovacuum: 'off',
      // Smaller than the table: each scan reads it from outside.
      shared_buffers: '4MB',
      track_io_timing: 'on',
      'pg_stat_statements.track_planning': 'on',
      max_parallel_workers_per_gather: '0',
    },
  });
  let database: TestDatabase;
  let connection: SampledConnection;

  beforeAll(async () => {
    database = await createDatabase(await server.get(), MAKE(version));
    connection = await openSampled(database.url);
  });
  afterAll(async () => {
    await connection?.close();
    await database?.drop();
  });

  const truth = async (): Promise<ReadonlyMap<string, Counted>> => {
    const [installed] = await database.query<{ v: string }>(
      "SELECT extversion AS v FROM pg_extension WHERE extname = 'pg_stat_statements'",
    );
    const rows = await database.query<Counted & { query: string }>(
      `SELECT query, calls::float8, total_exec_time AS total, ${BLOCK_TIME[installed?.v ?? '']} AS io,
         total_plan_time AS plan, shared_blks_read * 8192.0::float8 AS read,
         temp_blks_written * 8192.0::float8 AS temp, wal_bytes::float8 AS wal, rows::float8
       FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND query ~ 'wide'`,
    );
    return new Map(
      [READS, SORTS, WRITES, LATE].map((start) => [
        start,
        rows.find((r) => r.query.startsWith(start)) ?? NOTHING,
      ]),
    );
  };
  const work = async (reads: number, sorts: number, writes: number, late = 0): Promise<void> => {
    const run = async (sql: string, times: number): Promise<void> => {
      for (let n = 0; n < times; n += 1) await database.query(`SET work_mem = '64kB'; ${sql}`);
    };
    await run(`${READS} = 3`, reads);
    await run(`${SORTS} DESC OFFSET 39990`, sorts);
    await run(`${WRITES} = shop WHERE id < 500`, writes);
    await run(LATE, late);
  };
  const rowsSince = async (from: string): Promise<ReadonlyMap<string, StatementRow>> => {
    const { engine, connectionId } = connection;
    // A page as it is shown: longer ones come without their trends.
    const window = { from, database: null, limit: 100 };
    const { rows } = await engine.insight.queries.list({ connectionId, ...EVERY_STATEMENT, ...window }, {});
    return new Map(
      [READS, SORTS, WRITES, LATE].flatMap((start) => {
        const row = rows.find((candidate) => candidate.query?.startsWith(start));
        return row ? [[start, row] as const] : [];
      }),
    );
  };
  const detailOf = (row: StatementRow | undefined, from: string): Promise<StatementDetail> => {
    const { engine, connectionId } = connection;
    return engine.insight.queries.detail({ connectionId, key: row?.key ?? '', from, database: null }, {});
  };

  it('have the figures that pg_stat_statements has grown by, and their lines over time', async () => {
    const { engine, connectionId } = connection;
    const points: { readonly at: string; readonly counted: ReadonlyMap<string, Counted> }[] = [];
    await work(1, 1, 1);
    for (const [reads, sorts, writes, late] of [
      [3, 1, 2, 0],
      [5, 2, 0, 4],
      [2, 1, 1, 1],
    ] as const) {
      points.push({ at: await connection.sample(), counted: await truth() });
      await work(reads, sorts, writes, late);
    }
    const { readAt } = await engine.insight.queries.overview({ connectionId, maxAgeMs: 0 }, {});
    const now = await truth();
    const grown =
      (start: string, from: ReadonlyMap<string, Counted>, to = now) =>
      (of: keyof Counted) =>
        (to.get(start)?.[of] ?? 0) - (from.get(start)?.[of] ?? 0);

    for (const { at, counted } of points) {
      const rows = await rowsSince(at);
      const minutes = (Date.parse(readAt) - Date.parse(at)) / 60_000;
      for (const start of [READS, SORTS, WRITES, LATE]) {
        const since = grown(start, counted);
        const row = rows.get(start);
        expect([start, row?.calls ?? 0]).toEqual([start, since('calls')]);
        if (!row) continue;
        expect(row, start).toMatchObject({
          // Samples keep microseconds.
          totalMs: expect.closeTo(since('total'), 2),
          meanMs: expect.closeTo(since('total') / since('calls'), 2),
          ioMs: expect.closeTo(since('io'), 2),
          planMs: expect.closeTo(since('plan'), 2),
          readBytes: since('read'),
          tempBytes: since('temp'),
          walBytes: since('wal'),
          rowsPerCall: expect.closeTo(since('rows') / since('calls'), 6),
          callsPerMinute: expect.closeTo(since('calls') / minutes, 6),
        });
      }
    }
    // The work did what it was made for, or nothing above says anything.
    const [first, second, third] = points;
    if (!first || !second || !third) throw new Error('three samples');
    const rows = await rowsSince(first.at);
    expect(rows.get(READS)?.calls).toBe(10);
    expect(rows.get(READS)?.readBytes).toBeGreaterThan(10 * 10_000_000);
    expect(rows.get(READS)?.ioMs).toBeGreaterThan(0.1);
    expect(rows.get(SORTS)?.tempBytes).toBeGreaterThan(4 * 10_000_000);
    expect(rows.get(WRITES)?.planMs).toBeGreaterThan(0);
    expect(rows.get(WRITES)?.walBytes).toBeGreaterThan(10_000);

    const stretches = [
      [first, second],
      [second, third],
    ] as const;
    for (const start of [READS, SORTS, WRITES, LATE]) {
      const row = rows.get(start);
      const added = stretches.map(([from, to]) => grown(start, from.counted, to.counted));
      expect(row?.recent).toEqual(added.map((of) => expect.closeTo(of('total'), 2)));
      expect(row?.recentMs).toEqual(expect.closeTo(grown(start, first.counted)('total'), 2));
      const { trend, counters } = await detailOf(row, first.at);
      // Before its first sample nothing is known of a statement, not even that it was not there.
      const known = start === LATE ? [] : stretches;
      expect(trend.map(({ at }) => at)).toEqual(known.map(([, to]) => to.at));
      for (const [at, [from, to]] of known.entries()) {
        const of = added[at] ?? (() => Number.NaN);
        const minutes = (Date.parse(to.at) - Date.parse(from.at)) / 60_000;
        expect(trend[at]?.callsPerMinute).toBeCloseTo(of('calls') / minutes, 6);
        if (of('calls') === 0) expect(trend[at]?.meanMs).toBeNull();
        else expect(trend[at]?.meanMs).toBeCloseTo(of('total') / of('calls'), 2);
      }
      // Planned at every call, and never elsewhere.
      expect(counters.plans).toBe(now.get(start)?.calls);
    }
    expect(rows.get(WRITES)?.recent.at(-1)).toBe(0);
  });
});
