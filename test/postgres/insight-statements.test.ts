import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import type { StatementRow } from '#shared/model/queries.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { EVERY_STATEMENT, useEngine } from '../support/insight.ts';
import { createDatabase, query, type TestDatabase, urlOf, useServer } from '../support/postgres.ts';

const HERE = { from: null, database: null } as const;

const MAKE = `
  CREATE EXTENSION pg_stat_statements;
  CREATE TABLE sales (id int PRIMARY KEY, shop int, amount numeric);
  INSERT INTO sales SELECT g, g % 100, g FROM generate_series(1, 30000) g; ANALYZE sales`;
/** Reads, writes, spills, plans, and times all of it. */
const WORK = `
  SET track_io_timing = on; SET pg_stat_statements.track_planning = on; SET work_mem = '64kB';
  SELECT shop, sum(amount) FROM sales GROUP BY shop;
  SELECT shop, sum(amount) FROM sales GROUP BY shop;
  SELECT * FROM sales ORDER BY amount DESC, shop OFFSET 29990;
  UPDATE sales SET amount = amount + 1 WHERE shop = 7;
  SET jit_above_cost = 0; SELECT count(*) FROM sales WHERE amount > 5`;

describe.each([14, 15, 16, 17, 18] as const)('figures of statements on PostgreSQL %i', (major) => {
  const server = useServer(major);
  const { engine, open } = useEngine();
  let database: TestDatabase;
  let connectionId: string;

  beforeAll(async () => {
    database = await createDatabase(await server.get(), MAKE);
    await database.query(WORK);
    connectionId = await open(database.url);
  });
  afterAll(() => database?.drop());

  it('are those of pg_stat_statements, in every column and in the drawer', async () => {
    const { data } = await engine.insight.queries.overview({ connectionId, maxAgeMs: 0 }, {});
    const { rows } = await engine.insight.queries.list({ connectionId, ...EVERY_STATEMENT }, {});
    const v17 = major >= 17;
    const truth = await database.query<Record<string, number | string | null> & { query: string }>(
      `SELECT queryid::text AS id, query, calls::float8, total_exec_time AS total, mean_exec_time AS mean,
         min_exec_time AS min, max_exec_time AS max, stddev_exec_time AS stddev, rows::float8 / calls AS "perCall",
         100.0 * shared_blks_hit / nullif(shared_blks_hit + shared_blks_read, 0) AS hit,
         shared_blks_read * 8192.0 AS read, temp_blks_written * 8192.0 AS temp, temp_blks_read * 8192.0 AS "tempRead",
         shared_blks_dirtied * 8192.0 AS dirtied, shared_blks_written * 8192.0 AS written,
         ${v17 ? 'shared_blk_read_time + shared_blk_write_time' : 'blk_read_time + blk_write_time'} AS io,
         ${major >= 15 ? 'temp_blk_read_time + temp_blk_write_time' : 'NULL::float8'} AS "tempIo",
         ${major >= 15 ? `jit_generation_time + jit_inlining_time + jit_optimization_time + jit_emission_time ${v17 ? '+ jit_deform_time' : ''}` : 'NULL::float8'} AS jit,
         wal_bytes::float8 AS wal, plans::float8, total_plan_time AS plan,
         ${v17 ? 'extract(epoch FROM stats_since)::float8 * 1000' : 'NULL::float8'} AS since,
         ${major >= 18 ? 'wal_buffers_full::float8' : 'NULL::float8'} AS full,
         ${major >= 18 ? 'parallel_workers_to_launch::float8' : 'NULL::float8'} AS planned,
         ${major >= 18 ? 'parallel_workers_launched::float8' : 'NULL::float8'} AS launched,
         100 * total_exec_time / (SELECT sum(total_exec_time) FROM pg_stat_statements o
           WHERE o.dbid = s.dbid AND o.queryid = ANY ($1::bigint[])) AS share
       FROM pg_stat_statements s WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND query ~ 'sales' AND queryid = ANY ($1::bigint[])`,
      [rows.map((row) => row.queryId)],
    );
    expect(truth.length).toBeGreaterThanOrEqual(6);
    for (const t of truth) {
      const row = rows.find((r) => r.queryId === t['id']);
      if (!row) throw new Error(`missing: ${t.query}`);
      const near = (value: unknown) =>
        value === null || value === undefined ? null : expect.closeTo(Number(value), 3);
      const timed = (value: unknown) => (Number(value) === 0 ? null : near(value));
      expect(row).toMatchObject({
        calls: t['calls'],
        totalMs: near(t['total']),
        meanMs: near(t['mean']),
        minMs: near(t['min']),
        maxMs: near(t['max']),
        stddevMs: near(t['stddev']),
        rowsPerCall: near(t['perCall']),
        hitPercent: near(t['hit']),
        readBytes: Number(t['read']),
        tempBytes: Number(t['temp']),
        ioMs: timed(t['io']),
        walBytes: t['wal'],
        planMs: timed(t['plan']),
        // ROLLBACK and the like of whoever reads this go on counting.
        sharePercent: expect.closeTo(Number(t['share']), 0),
      });
      const detail = await engine.insight.queries.detail({ connectionId, ...HERE, key: row.key }, {});
      expect(detail).toMatchObject({
        row,
        text: t.query,
        isTopLevel: true,
        isHere: true,
        database: database.name,
      });
      const { countedSince, extremesSince, ...counters } = detail.counters;
      expect(counters).toEqual({
        dirtiedBytes: Number(t['dirtied']),
        writtenBytes: Number(t['written']),
        tempReadBytes: Number(t['tempRead']),
        plans: timed(t['plans']),
        tempIoMs: t['tempIo'] === null ? null : timed(t['tempIo']),
        jitMs: near(t['jit']),
        walBuffersFull: t['full'],
        workersPlanned: t['planned'],
        workersLaunched: t['launched'],
      });
      expect(countedSince === null ? null : Date.parse(countedSince)).toEqual(
        t['since'] === null ? null : expect.closeTo(Number(t['since']), -1),
      );
      expect(extremesSince === null).toBe(!v17);
    }
    // The work did what it was made for, or the comparisons above say nothing.
    const of = (start: string) => rows.find((row) => row.query?.startsWith(start));
    expect(of('SELECT shop')).toMatchObject({ calls: 2, planMs: expect.any(Number) });
    expect(of('SELECT * FROM sales ORDER')?.tempBytes).toBeGreaterThan(100_000);
    expect(of('UPDATE sales')?.walBytes).toBeGreaterThan(10_000);

    const [info] = await database.query<{ minutes: number; dealloc: number }>(
      `SELECT extract(epoch FROM now() - stats_reset)::float8 / 60 AS minutes, dealloc::int FROM pg_stat_statements_info`,
    );
    expect(data.window.minutes).toBeCloseTo(info?.minutes ?? 0, 0);
    expect(data.evictions).toBe(info?.dealloc);
    for (const row of rows) expect(row.callsPerMinute).toBeCloseTo(row.calls / (data.window.minutes ?? 0), 6);
    const sum = (field: 'calls' | 'totalMs') => rows.reduce((total, row) => total + row[field], 0);
    expect(data.figures).toMatchObject({
      statements: rows.length,
      calls: sum('calls'),
      totalMs: expect.closeTo(sum('totalMs'), 6),
      over100Ms: rows.filter((row) => row.meanMs > 100).length,
      hiddenTexts: 0,
    });
    expect(data.notCounted.join(' ')).toMatch(/track_io_timing is off.*track_planning is off/);
  });

  it('of another database are offered, filtered by it, and none of ours is there', async () => {
    const other = await createDatabase(await server.get(), MAKE);
    try {
      for (let n = 0; n < 4; n += 1) await other.query('SELECT count(*) FROM sales WHERE shop = 3');
      const { data } = await engine.insight.queries.overview({ connectionId, maxAgeMs: 0 }, {});
      expect(data.here).toBe(database.name);
      expect(data.databases).toContain(other.name);
      expect(data.databases).not.toContain(database.name);
      const there = { from: null, database: other.name };
      const seen = await engine.insight.queries.overview({ connectionId, maxAgeMs: 0, ...there }, {});
      const { rows } = await engine.insight.queries.list({ connectionId, ...EVERY_STATEMENT, ...there }, {});
      expect(seen.data.figures.statements).toBe(rows.length);
      expect(seen.data.samples).toEqual([]);
      const truth = await query<{ id: string; calls: number; total: number }>(
        database.url,
        `SELECT queryid::text AS id, calls::int, total_exec_time AS total FROM pg_stat_statements
         JOIN pg_database d ON d.oid = dbid WHERE datname = $1 ORDER BY total_exec_time DESC`,
        [other.name],
      );
      expect(rows.map(({ queryId, calls, totalMs }) => ({ id: queryId, calls, total: totalMs }))).toEqual(
        truth,
      );
      const count = rows.find((row) => row.query?.startsWith('SELECT count(*) FROM sales'));
      expect(count?.calls).toBe(4);
      expect(
        await engine.insight.queries.detail({ connectionId, ...there, key: count?.key ?? '' }, {}),
      ).toMatchObject({ isHere: false, database: other.name, trend: [] });
      expect(
        (await engine.insight.queries.list({ connectionId, ...EVERY_STATEMENT }, {})).rows,
      ).not.toContainEqual(expect.objectContaining({ query: count?.query, calls: 4 }));
    } finally {
      await other.drop();
    }
    // Its statements outlive it.
    const { data } = await engine.insight.queries.overview({ connectionId, maxAgeMs: 0 }, {});
    expect(data.databases).toContainEqual(expect.stringMatching(/^dropped \(OID \d+\)$/));
  });

  it('whose texts are hidden are counted, told apart, and unlocked by one GRANT', async () => {
    const role = `reader_${database.name}`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'r'`);
    try {
      const url = urlOf(await server.get(), database.name, { user: role, password: 'r' });
      const id = await open(url);
      const { data, unread } = await engine.insight.queries.overview({ connectionId: id, maxAgeMs: 0 }, {});
      const { rows } = await engine.insight.queries.list({ connectionId: id, ...EVERY_STATEMENT }, {});
      const hidden = rows.filter((row) => row.query === null);
      const [truth] = await query<{ hidden: number; calls: number; all: number }>(
        url,
        `SELECT count(*) FILTER (WHERE query = '<insufficient privilege>')::int AS hidden,
           sum(calls) FILTER (WHERE query = '<insufficient privilege>')::int AS calls, count(*)::int AS all
         FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      expect(hidden).toHaveLength(truth?.hidden ?? -1);
      expect(hidden.reduce((sum, row) => sum + row.calls, 0)).toBe(truth?.calls);
      expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
      expect(data.figures.hiddenTexts).toBe(truth?.hidden);
      const said = unread.filter((u) => u.fact === 'statements');
      expect(said).toMatchObject([{ cause: 'privilege', grant: `GRANT pg_read_all_stats TO "${role}"` }]);
      expect(said[0]?.reason).toContain(`The texts of ${truth?.hidden} of `);
      const key = hidden[1]?.key ?? '';
      expect(await engine.insight.queries.detail({ connectionId: id, ...HERE, key }, {})).toMatchObject({
        row: hidden[1],
        text: null,
      });
      await database.query(said[0]?.grant ?? '');
      const again = await open(url);
      const now = await engine.insight.queries.overview({ connectionId: again, maxAgeMs: 0 }, {});
      expect(now.data.figures.hiddenTexts).toBe(0);
      expect(now.unread.filter((u) => u.fact === 'statements')).toEqual([]);
    } finally {
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});

describe.each([15, 17] as const)('a window of time on PostgreSQL %i', (major) => {
  const server = useServer(major);
  let dataDir: string;
  let engine: Engine;
  let database: TestDatabase;
  let connectionId: string;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'pgvitals-statements-'));
    engine = createEngine(
      createNodeHost({ kind: 'loopback', dataDir, toolVersion: 'test', writeLogLine: () => undefined }),
    );
    database = await createDatabase(await server.get(), MAKE);
  });
  afterAll(async () => {
    await engine?.close();
    await database?.drop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const rowOf = (rows: readonly StatementRow[], start: string) =>
    rows.find((row) => row.query?.startsWith(start));
  const truthOf = async (start: string) => {
    const [row] = await database.query<Record<'calls' | 'total' | 'rows' | 'wal' | 'hit' | 'read', number>>(
      `SELECT calls::float8, total_exec_time AS total, rows::float8, wal_bytes::float8 AS wal,
         shared_blks_hit::float8 AS hit, shared_blks_read::float8 AS read
       FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND starts_with(query, $1)`,
      [start],
    );
    if (!row) throw new Error(`not counted: ${start}`);
    return row;
  };

  it('holds what ran since the sample, and says which counters began anew', async () => {
    const [UPDATE, COUNT, SUM] = [
      'UPDATE sales SET amount',
      'SELECT count(*) FROM sales',
      'SELECT sum(amount)',
    ];
    const work = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n += 1) {
        await database.query('UPDATE sales SET amount = amount + 1 WHERE shop = 7');
        await database.query('SELECT count(*) FROM sales WHERE shop = 3');
      }
    };
    await work(6);
    for (let n = 0; n < 3; n += 1) await database.query('SELECT sum(amount) FROM sales');
    const before = await truthOf(UPDATE);
    connectionId = (await engine.open({ text: database.url }, {})).id;
    const samples = async () =>
      (await engine.insight.queries.overview({ connectionId, maxAgeMs: 0 }, {})).data.samples;
    await expect.poll(async () => (await samples()).length, { timeout: 15_000, interval: 200 }).toBe(1);
    const [from = null] = await samples();

    await work(4);
    await database.query(
      `SELECT pg_stat_statements_reset(0, dbid, queryid) FROM pg_stat_statements
       WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND starts_with(query, $1)`,
      [SUM],
    );
    // More than before the reset: only `stats_since` of 17 tells that this is no difference of two.
    for (let n = 0; n < (major === 17 ? 5 : 2); n += 1) await database.query('SELECT sum(amount) FROM sales');
    await database.query('SELECT max(amount) FROM sales');

    const window = { from, database: null };
    const { data, readAt } = await engine.insight.queries.overview(
      { connectionId, maxAgeMs: 0, ...window },
      {},
    );
    const { rows } = await engine.insight.queries.list({ connectionId, ...EVERY_STATEMENT, ...window }, {});
    const after = await truthOf(UPDATE);
    const update = rowOf(rows, UPDATE);
    const blocks = after.hit - before.hit + after.read - before.read;
    expect(update).toMatchObject({
      calls: 4,
      totalMs: expect.closeTo(after.total - before.total, 2),
      meanMs: expect.closeTo((after.total - before.total) / 4, 2),
      rowsPerCall: (after.rows - before.rows) / 4,
      walBytes: after.wal - before.wal,
      hitPercent: expect.closeTo(((after.hit - before.hit) / blocks) * 100, 6),
      minMs: null,
      maxMs: null,
      stddevMs: null,
      // The one sample there is is the oldest of the last 24 hours.
      recentMs: update?.totalMs,
      recent: [],
    });
    const minutes = (Date.parse(readAt) - Date.parse(from ?? '')) / 60_000;
    expect(update?.callsPerMinute).toBeCloseTo(4 / minutes, 6);
    expect(data.window).toMatchObject({ fromAt: from, minutes, restarted: 1, leftOut: 0 });
    expect(rowOf(rows, COUNT)?.calls).toBe(4);
    expect(rowOf(rows, SUM)?.calls).toBe(major === 17 ? 5 : 2);
    expect(rowOf(rows, 'SELECT max')?.calls).toBe(1);
    expect(rows.every((row) => row.calls > 0 && row.totalMs >= 0)).toBe(true);
    expect(rowOf(rows, 'INSERT INTO sales')).toBeUndefined();
    expect(data.figures.calls).toBe(rows.reduce((sum, row) => sum + row.calls, 0));
  });
});
