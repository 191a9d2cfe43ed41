import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { EVERY_STATEMENT } from '../support/insight.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

describe.each([14, 15, 16, 17, 18] as const)('excluded statements on PostgreSQL %i', (major) => {
  const server = useServer(major);
  let dataDir: string;
  let engine: Engine;
  let database: TestDatabase;
  let connectionId: string;

  const start = async (): Promise<void> => {
    engine = createEngine(
      createNodeHost({ kind: 'loopback', dataDir, toolVersion: 'test', writeLogLine: () => undefined }),
    );
    connectionId = (await engine.open({ text: database.url }, {})).id;
  };
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'pgvitals-excluded-'));
    database = await createDatabase(
      await server.get(),
      'CREATE EXTENSION pg_stat_statements; CREATE TABLE sales (id int PRIMARY KEY, shop int); INSERT INTO sales SELECT g, g % 9 FROM generate_series(1, 20000) g',
    );
    for (let n = 0; n < 5; n += 1) await database.query('SELECT shop, count(*) FROM sales GROUP BY shop');
    for (let n = 0; n < 3; n += 1) await database.query('SELECT max(id) FROM sales WHERE shop = 4');
    await start();
  });
  afterAll(async () => {
    await engine?.close();
    await database?.drop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const overview = async () =>
    (await engine.insight.queries.overview({ connectionId, maxAgeMs: 600_000 }, {})).data;
  const rows = async () => (await engine.insight.queries.list({ connectionId, ...EVERY_STATEMENT }, {})).rows;

  it('are in no list and no total, and their share is that of pg_stat_statements', async () => {
    const [before, all] = [await overview(), await rows()];
    expect(before.excluded).toEqual({ list: [], calls: 0, totalMs: 0, timePercent: 0, callsPercent: 0 });
    const [truth] = await database.query<{ id: string; calls: number; total: number }>(
      `SELECT queryid::text AS id, calls::int, total_exec_time AS total FROM pg_stat_statements
       WHERE query ~ '^SELECT shop, count' AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    if (!truth) throw new Error('not counted');
    const out = { connectionId, queryId: truth.id, database: null };
    await engine.insight.queries.exclude(out, {});
    await engine.insight.queries.exclude(out, {});
    const after = await overview();
    const left = await rows();
    expect(left.map((row) => row.queryId)).toEqual(
      all.filter((row) => row.queryId !== truth.id).map((row) => row.queryId),
    );
    expect(left.reduce((sum, row) => sum + row.sharePercent, 0)).toBeCloseTo(100, 6);
    expect(after.figures).toMatchObject({
      statements: before.figures.statements - 1,
      calls: before.figures.calls - truth.calls,
      totalMs: expect.closeTo(before.figures.totalMs - truth.total, 6),
    });
    // The server goes on counting what reads this; the whole is what the page began with.
    const timePercent = expect.closeTo((100 * truth.total) / before.figures.totalMs, 6);
    expect(after.excluded).toEqual({
      list: [
        {
          queryId: truth.id,
          query: 'SELECT shop, count(*) FROM sales GROUP BY shop',
          excludedAt: expect.any(String),
          calls: truth.calls,
          totalMs: expect.closeTo(truth.total, 6),
          timePercent,
          key: all.find((row) => row.queryId === truth.id)?.key,
        },
      ],
      calls: truth.calls,
      totalMs: expect.closeTo(truth.total, 6),
      timePercent,
      callsPercent: expect.closeTo((100 * truth.calls) / before.figures.calls, 6),
    });
    const key = after.excluded.list[0]?.key ?? '';
    const detail = await engine.insight.queries.detail({ connectionId, from: null, database: null, key }, {});
    expect(detail).toMatchObject({ isExcluded: true, row: { calls: truth.calls } });
  });

  it('are kept, come back one by one or all together, and others are refused', async () => {
    await engine.close();
    await start();
    const [first] = (await overview()).excluded.list;
    expect(first?.query).toMatch(/^SELECT shop/);
    const second = (await rows()).find((row) => row.query?.startsWith('SELECT max'));
    const add = (queryId: string) =>
      engine.insight.queries.exclude({ connectionId, queryId, database: null }, {});
    await add(second?.queryId ?? '');
    expect((await overview()).excluded.list.map((one) => one.queryId)).toEqual([
      second?.queryId,
      first?.queryId,
    ]);
    await engine.insight.queries.include({ connectionId, queryId: first?.queryId ?? '' }, {});
    expect((await overview()).excluded.list.map((one) => one.queryId)).toEqual([second?.queryId]);
    expect((await rows()).some((row) => row.queryId === first?.queryId)).toBe(true);
    await add(first?.queryId ?? '');
    await engine.insight.queries.include({ connectionId, queryId: null }, {});
    expect((await overview()).excluded.list).toEqual([]);
    await expect(add('1')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('that ran no more are still listed, with nothing', async () => {
    await database.query(
      `SELECT pg_stat_statements_reset(0, dbid, queryid) FROM pg_stat_statements WHERE query ~ '^SELECT max'`,
    );
    await database.query('SELECT max(id) FROM sales WHERE shop = 4');
    await engine.insight.queries.overview({ connectionId, maxAgeMs: 0 }, {});
    const found = (await rows()).find((row) => row.query?.startsWith('SELECT max'));
    await engine.insight.queries.exclude({ connectionId, queryId: found?.queryId ?? '', database: null }, {});
    await database.query(
      `SELECT pg_stat_statements_reset(0, dbid, queryid) FROM pg_stat_statements WHERE query ~ '^SELECT max'`,
    );
    const { data } = await engine.insight.queries.overview({ connectionId, maxAgeMs: 0 }, {});
    expect(data.excluded).toMatchObject({ calls: 0, timePercent: 0, list: [{ key: null, calls: 0 }] });
  });
});
