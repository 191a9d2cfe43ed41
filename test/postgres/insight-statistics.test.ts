import { describe, expect, it } from 'vitest';
import { ALL, rowNamed, useEngine } from '../support/insight.ts';
import { createDatabase, query, useDemo, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();

it('the demo has the nine categories of its owner, and the sizes that SQL gives', async () => {
  const { url } = await demo.get();
  const { id: connectionId } = await engine.open({ text: url }, { isDemo: true });
  const { data } = await engine.insight.statistics.overview({ connectionId, maxAgeMs: 0 }, {});
  expect(Object.fromEntries(data.categories.map((c) => [c.name, c.tables]))).toEqual({
    Core: 8,
    Admin: 5,
    Analytics: 6,
    Audit: 3,
    Payment: 4,
    Alert: 4,
    Content: 4,
    Storage: 2,
    System: 3,
  });
  const list = await engine.insight.statistics.list({ connectionId, category: null, ...ALL }, {});
  const truth = await query<{
    name: string;
    heap: string;
    indexes: string;
    toast: string;
    rows: number;
    count: number;
    seq: string;
    writes: string;
  }>(
    url,
    `SELECT c.relname AS name, pg_relation_size(c.oid) AS heap, pg_indexes_size(c.oid) AS indexes,
       coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0) AS toast, c.reltuples AS rows,
       (SELECT count(*)::int FROM pg_index WHERE indrelid = c.oid) AS count, s.seq_scan AS seq,
       s.n_tup_ins + s.n_tup_upd + s.n_tup_del AS writes
     FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid WHERE relkind IN ('r', 'm') ORDER BY 1`,
  );
  expect(list.total).toBe(truth.length);
  for (const t of truth)
    expect(rowNamed(list, t.name)).toMatchObject({
      heapBytes: Number(t.heap),
      indexBytes: Number(t.indexes),
      rows: t.rows < 0 ? null : t.rows,
      indexes: t.count,
      seqScans: Number(t.seq),
      writes: Number(t.writes),
    });
  expect(data.figures.indexes).toBe(226);
  const sizes = await query<{ name: string; size: string }>(
    url,
    'SELECT datname AS name, pg_database_size(oid) AS size FROM pg_database',
  );
  for (const { name, size } of sizes)
    expect([name, data.databases.find((d) => d.name === name)?.sizeBytes]).toEqual([name, Number(size)]);
  const distribution = await query<{ indexes: number; tables: number }>(
    url,
    `SELECT n AS indexes, count(*)::int AS tables FROM (SELECT (SELECT count(*)::int FROM pg_index WHERE indrelid = c.oid) AS n
       FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace) t GROUP BY 1 ORDER BY 1`,
  );
  expect(data.indexCounts).toEqual(distribution);
});

it('categories: by schema, by first word, or as the user says', async () => {
  const server = useServerOnce;
  const database = await createDatabase(
    await server.get(),
    'CREATE TABLE user_names (i int); CREATE TABLE users (i int); CREATE TABLE order_lines (i int); CREATE TABLE odd (i int)',
  );
  const connectionId = await open(database.url);
  const read = async () =>
    Object.fromEntries(
      (await engine.insight.statistics.overview({ connectionId, maxAgeMs: 0 }, {})).data.categories.map(
        (c) => [c.name, c.names],
      ),
    );
  expect(await read()).toEqual({ User: ['user_names', 'users'], Other: ['odd', 'order_lines'] });
  await database.query('CREATE SCHEMA shop; CREATE TABLE shop.carts (i int)');
  expect(await read()).toEqual({ public: ['odd', 'order_lines', 'user_names', 'users'], shop: ['carts'] });
  const categories = [
    { name: 'People', patterns: ['user*'] },
    { name: 'Trade', patterns: ['shop.*', 'order_*'] },
  ];
  await engine.insight.statistics.setCategories({ connectionId, categories }, {});
  expect(await read()).toEqual({
    People: ['user_names', 'users'],
    Trade: ['carts', 'order_lines'],
    Other: ['odd'],
  });
  await engine.insight.statistics.setCategories({ connectionId, categories: null }, {});
  expect(Object.keys(await read())).toEqual(['public', 'shop']);
});

const useServerOnce = useServer(16);

describe.each([14, 15, 16, 17, 18] as const)('what the server does, on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('is the difference of two readings', async () => {
    const database = await createDatabase(await server.get(), 'CREATE TABLE t (i int, p text)');
    const connectionId = await open(database.url);
    const read = async () =>
      (await engine.insight.statistics.overview({ connectionId, maxAgeMs: 0 }, {})).data;
    expect((await read()).delta).toBeNull();
    const wal = 'SELECT pg_current_wal_insert_lsn()::text AS at';
    const [before] = await database.query<{ at: string }>(wal);
    await database.query("INSERT INTO t SELECT g, repeat('x', 200) FROM generate_series(1, 20000) g");
    const [after] = await database.query<{ diff: string }>(
      `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '${before?.at}')::text AS diff`,
    );
    await database.query('SELECT sum(i) FROM t');
    await expect.poll(async () => (await read()).delta?.transactionsPerSecond ?? 0).toBeGreaterThan(0);
    const { delta, io } = await read();
    expect(
      delta?.hitPercent === null || ((delta?.hitPercent ?? 0) >= 0 && (delta?.hitPercent ?? 0) <= 100),
    ).toBe(true);
    expect(Number(after?.diff)).toBeGreaterThan(1_000_000);
    expect(io === null).toBe(major < 16);
    if (io === null) return;
    const truth = await database.query<{ type: string; object: string; context: string; hits: string }>(
      'SELECT backend_type AS type, object, context, hits FROM pg_stat_io WHERE coalesce(hits, 0) > 0',
    );
    for (const t of truth) {
      const row = io.find(
        (r) => r.backendType === t.type && r.object === t.object && r.context === t.context,
      );
      // It goes on counting between the two.
      expect(row?.hits).toBeGreaterThan(0);
      expect(row?.hits).toBeLessThanOrEqual(Number(t.hits));
    }
  });
});
