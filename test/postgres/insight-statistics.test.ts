import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, it, type TestContext } from 'vitest';
import { ALL, rowNamed, useEngine } from '../support/insight.ts';
import {
  createDatabase,
  query,
  type TestDatabase,
  useDemo,
  usePrivateServer,
  useServer,
} from '../support/postgres.ts';

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
      toastBytes: Number(t.toast),
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
  // Another page reads facts of the server without the databases: the size stays known.
  await engine.insight.settings.overview({ connectionId, maxAgeMs: 0 }, {});
  const { figures } = (await engine.insight.statistics.overview({ connectionId, maxAgeMs: 600_000 }, {}))
    .data;
  expect(figures.databaseBytes).toBe(
    Number(
      (await query<{ size: string }>(url, 'SELECT pg_database_size(current_database()) AS size'))[0]?.size,
    ),
  );
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
  // A large schema is divided by words, a small one beside it is not.
  await database.query(
    `DO $$ BEGIN FOR i IN 1..18 LOOP EXECUTE format('CREATE TABLE %s (i int)',
       CASE WHEN i <= 10 THEN 'order_' ELSE 'solitary' END || i); END LOOP; END $$`,
  );
  const divided = Object.entries(await read()).map(([name, names]) => [name, names.length]);
  expect(Object.fromEntries(divided)).toEqual({
    'public: Order': 11,
    'public: Other': 9,
    'public: User': 2,
    shop: 1,
  });
});

const useServerOnce = useServer(16);

interface Counters {
  readonly read: string;
  readonly hit: string;
  readonly transactions: string;
  readonly temp: string;
  readonly wal: string;
  readonly images: string;
  readonly timed: string;
  readonly requested: string;
  readonly buffers: string;
  readonly writes: string;
  readonly syncs: string;
  readonly writeMs: string;
  readonly syncMs: string;
}

/** The majors beside each other, for most of it is waiting; the tests of one share its counters. */
const ONE_BY_ONE = { concurrent: false };

describe.concurrent.each([14, 15, 16, 17, 18] as const)('what the server does, on PostgreSQL %i', (major) => {
  // Nobody else's work may be between a reading and the query that it is compared with.
  const server = usePrivateServer({
    major,
    settings: {
      autovacuum: 'off',
      max_connections: '40',
      superuser_reserved_connections: '4',
      // Without it nothing is synced, nor counted as such.
      fsync: 'on',
      track_wal_io_timing: 'on',
    },
  });
  const checkpointer =
    major >= 17
      ? 'num_timed AS timed, num_requested AS requested, buffers_written AS buffers FROM pg_stat_checkpointer'
      : 'checkpoints_timed AS timed, checkpoints_req AS requested, buffers_checkpoint AS buffers FROM pg_stat_bgwriter';
  const walWrites =
    major >= 18
      ? `sum(writes) AS writes, sum(fsyncs) AS syncs, sum(write_time) AS "writeMs", sum(fsync_time) AS "syncMs"
         FROM pg_stat_io WHERE object = 'wal'`
      : 'wal_write AS writes, wal_sync AS syncs, wal_write_time AS "writeMs", wal_sync_time AS "syncMs" FROM pg_stat_wal';
  const counters = async (database: TestDatabase): Promise<Counters> => {
    const [row] = await database.query<Counters>(
      `SELECT blks_read AS read, blks_hit AS hit, xact_commit + xact_rollback AS transactions, temp_bytes AS temp,
         wal_bytes AS wal, wal_fpi AS images, c.*, w.*
       FROM pg_stat_database, pg_stat_wal, (SELECT ${checkpointer}) c, (SELECT ${walWrites}) w WHERE datname = current_database()`,
    );
    if (!row) throw new Error('no counters');
    return row;
  };
  const prepare = async ({ expect }: TestContext) => {
    const database = await createDatabase(await server.get(), 'CREATE TABLE t (i int, p text)');
    // 14 begins to count a database some time after its first session.
    const counted = 'SELECT FROM pg_stat_database WHERE datname = current_database() AND xact_commit > 0';
    await expect.poll(() => database.query(counted), { timeout: 10_000 }).toHaveLength(1);
    const connectionId = await open(database.url);
    return {
      database,
      connectionId,
      read: async (maxAgeMs = 0) =>
        (await engine.insight.statistics.overview({ connectionId, maxAgeMs }, {})).data,
    };
  };

  it('is the difference of two readings', ONE_BY_ONE, async (context) => {
    const { database, read } = await prepare(context);
    await settled(context, () => counters(database));
    const before = await counters(database);
    const startedAt = Date.now();
    const first = await read();
    expect([first.databaseDelta, first.serverDelta]).toEqual([null, null]);
    await database.query("INSERT INTO t SELECT g, repeat('x', 200) FROM generate_series(1, 20000) g");
    await database.query(
      'SET work_mem = 64; SELECT count(*) FROM (SELECT * FROM t ORDER BY p, i DESC OFFSET 0) s',
    );
    await database.query('CHECKPOINT');
    await settled(context, () => counters(database));
    const { databaseDelta, serverDelta } = await read();
    const tookSeconds = (Date.now() - startedAt) / 1000;
    const after = await counters(database);
    const grown = (of: keyof Counters): number => Number(after[of]) - Number(before[of]);

    expect(databaseDelta?.seconds).toBeGreaterThan(0);
    expect(databaseDelta?.seconds).toBeLessThanOrEqual(tookSeconds);
    const {
      seconds = 0,
      hitPercent,
      blocksReadPerSecond = 0,
      transactionsPerSecond = 0,
    } = databaseDelta ?? {};
    // Our own reading and asking are between the two as well: a few hundred blocks and some transactions.
    within(blocksReadPerSecond * seconds, grown('read'), 300);
    within(transactionsPerSecond * seconds, grown('transactions'), 30);
    within(hitPercent ?? 0, (grown('hit') / (grown('hit') + grown('read'))) * 100, 5);
    expect(databaseDelta?.tempBytes).toBe(grown('temp'));
    expect(grown('temp')).toBeGreaterThan(1_000_000);

    const { wal, walWrites, checkpoints, seconds: serverSeconds = 0 } = serverDelta ?? {};
    expect(grown('wal')).toBeGreaterThan(4_000_000);
    within((wal?.bytesPerSecond ?? 0) * serverSeconds, grown('wal'), 200_000);
    within(wal?.fullPageImages ?? 0, grown('images'), 30);
    expect(grown('writes')).toBeGreaterThan(0);
    expect(grown('syncs')).toBeGreaterThan(0);
    within(walWrites?.writes ?? 0, grown('writes'), 10);
    within(walWrites?.syncs ?? 0, grown('syncs'), 10);
    // The last of them may be counted later than we asked.
    within(walWrites?.writeMs ?? -1, grown('writeMs'), 0.2 * grown('writeMs') + 1);
    within(walWrites?.syncMs ?? -1, grown('syncMs'), 0.2 * grown('syncMs') + 1);
    expect(checkpoints).toEqual({
      timed: grown('timed'),
      requested: grown('requested'),
      buffersWritten: grown('buffers'),
    });
    expect(checkpoints?.requested).toBeGreaterThan(0);
  });

  it(
    'covers the stretch between its own counters, not between those of older facts',
    ONE_BY_ONE,
    async (context) => {
      const { connectionId, read } = await prepare(context);
      await read();
      await sleep(1_500);
      // Sizes are read again by other pages; the counters of the server are not.
      await engine.insight.schema.overview({ connectionId, maxAgeMs: 0 }, {});
      await engine.insight.tables.largest({ connectionId, limit: 1, maxAgeMs: 0 }, {});
      await sleep(1_500);
      const { databaseDelta, serverDelta } = await read(2_500);
      expect(databaseDelta?.seconds).toBeGreaterThanOrEqual(3);
      expect(serverDelta?.seconds).toBeGreaterThanOrEqual(3);
    },
  );

  it('says nothing about a stretch with a reset in it', ONE_BY_ONE, async (context) => {
    const { database, read } = await prepare(context);
    await read();
    await database.query(
      "SELECT pg_stat_reset(), pg_stat_reset_shared('bgwriter'), pg_stat_reset_shared('wal')",
    );
    if (major >= 16) await database.query("SELECT pg_stat_reset_shared('io')");
    if (major >= 17) await database.query("SELECT pg_stat_reset_shared('checkpointer')");
    await sleep(1_000);
    const data = await read();
    expect(data.databaseDelta).toBeNull();
    expect(data.serverDelta).toMatchObject({ wal: null, walWrites: null, checkpoints: null });
    expect((data.io ?? []).every((row) => row.lately === null)).toBe(true);
    await sleep(1_000);
    const next = await read();
    expect(next.databaseDelta).not.toBeNull();
    expect(next.serverDelta?.wal).not.toBeNull();
    expect(next.serverDelta?.walWrites).not.toBeNull();
    expect((next.io ?? []).every((row) => row.lately !== null)).toBe(true);
    expect(next.serverDelta?.checkpoints).not.toBeNull();
  });

  it(
    'counts connections by state and database, against the limit and its reserve',
    ONE_BY_ONE,
    async (context) => {
      const { database, read } = await prepare(context);
      const clients = await Promise.all([0, 1, 2].map(() => connect(database.url)));
      try {
        await clients[0]?.query('BEGIN');
        const { connections } = await read();
        expect(Object.fromEntries(connections.byState.map(({ state, count }) => [state, count]))).toEqual({
          idle: 2,
          'idle in transaction': 1,
        });
        expect(connections.byDatabase).toEqual([{ name: database.name, count: 3 }]);
        expect(connections).toMatchObject({ total: 3, max: 40, reserved: 4, usable: 36 });
      } finally {
        await Promise.all(clients.map((client) => client.end()));
      }
    },
  );

  it('shows who reads and writes, from 16 on', ONE_BY_ONE, async (context) => {
    const { database, read } = await prepare(context);
    await database.query("INSERT INTO t SELECT g, repeat('x', 200) FROM generate_series(1, 20000) g");
    const { io, ioResetAt } = await read();
    expect(io === null).toBe(major < 16);
    expect(ioResetAt === null).toBe(major < 16);
    if (io === null) return;
    const bytes = (of: string): string => (major >= 18 ? `${of}_bytes` : `${of}s * op_bytes`);
    const truth = await database.query<
      Record<'type' | 'object' | 'context' | 'read' | 'written' | 'extended' | 'hits', string>
    >(
      `SELECT backend_type AS type, object, context, coalesce(${bytes('read')}, 0) AS read,
         coalesce(${bytes('write')}, 0) AS written, coalesce(${bytes('extend')}, 0) AS extended, coalesce(hits, 0) AS hits
       FROM pg_stat_io WHERE coalesce(reads, 0) + coalesce(writes, 0) + coalesce(extends, 0) + coalesce(hits, 0) > 0`,
    );
    const rows = new Map(io.map((row) => [`${row.backendType} ${row.object} ${row.context}`, row]));
    expect(rows.size).toBeGreaterThan(2);
    for (const t of truth) {
      const row = rows.get(`${t.type} ${t.object} ${t.context}`);
      // What our own reading did is counted by now.
      within(row?.readBytes ?? 0, Number(t.read), 4_000_000);
      within(row?.extendedBytes ?? 0, Number(t.extended), 100_000);
      within(row?.writtenBytes ?? 0, Number(t.written), 4_000_000);
      within(row?.hits ?? 0, Number(t.hits), 20_000);
    }
    expect(rows.get('client backend relation normal')?.extendedBytes ?? 0).toBeGreaterThan(4_000_000);
    const [reset] = await database.query<{ at: Date }>('SELECT min(stats_reset) AS at FROM pg_stat_io');
    expect(Date.parse(ioResetAt ?? '')).toBe(reset?.at.getTime());
  });
});

it('splits a relation into heap, indexes and TOAST, and knows HOT updates', async () => {
  const database = await createDatabase(
    await useServerOnce.get(),
    `CREATE TABLE wide (id int PRIMARY KEY, n int, p text) WITH (fillfactor = 50);
     ALTER TABLE wide ALTER p SET STORAGE EXTERNAL;
     INSERT INTO wide SELECT g, 0, repeat('y', 9000) FROM generate_series(1, 200) g;
     UPDATE wide SET n = 1 WHERE id <= 40; UPDATE wide SET id = id + 1000 WHERE id <= 10`,
  );
  await database.query('VACUUM ANALYZE wide');
  const connectionId = await open(database.url);
  const [truth] = await database.query<Record<'heap' | 'indexes' | 'toast' | 'hot' | 'updated', string>>(
    `SELECT pg_relation_size('wide') AS heap, pg_indexes_size('wide') AS indexes,
       pg_relation_size(reltoastrelid) AS toast, n_tup_hot_upd AS hot, n_tup_upd AS updated
     FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid WHERE c.oid = 'wide'::regclass`,
  );
  const list = await engine.insight.statistics.list({ connectionId, category: null, ...ALL }, {});
  const row = rowNamed(list, 'wide');
  expect(Number(truth?.toast)).toBeGreaterThan(1_000_000);
  expect(row).toMatchObject({
    heapBytes: Number(truth?.heap),
    indexBytes: Number(truth?.indexes),
    toastBytes: Number(truth?.toast),
    totalBytes: Number(truth?.heap) + Number(truth?.indexes) + Number(truth?.toast),
  });
  expect(Number(truth?.updated)).toBe(50);
  expect(row.hotPercent).toBeCloseTo((Number(truth?.hot) / Number(truth?.updated)) * 100);
});

/** Waits until the counters stand still: sessions publish theirs when they end, in 14 by way of another process. */
async function settled({ expect }: TestContext, read: () => Promise<Counters>): Promise<void> {
  let last = '';
  await expect
    .poll(
      async () => {
        const { wal, temp, buffers } = await read();
        const now = JSON.stringify({ wal, temp, buffers });
        const isSame = now === last;
        last = now;
        return isSame;
      },
      { interval: 700, timeout: 15_000 },
    )
    .toBe(true);
}

function within(value: number, truth: number, tolerance: number): void {
  expect(value).toBeGreaterThanOrEqual(truth - tolerance);
  expect(value).toBeLessThanOrEqual(truth + tolerance);
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name: 'test' });
  await client.connect();
  return client;
}
