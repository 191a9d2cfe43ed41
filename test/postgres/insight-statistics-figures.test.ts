import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { Facts } from '#shared/model/facts.ts';
import type { StatisticsOverview } from '#shared/model/statistics.ts';
import { useStages } from '../support/history-stage.ts';
import { ALL, rowNamed, useEngine } from '../support/insight.ts';
import { createDatabase, query, urlOf, useDemo, usePrivateServer, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();
const stages = useStages();

async function overview(connectionId: string): Promise<StatisticsOverview> {
  return (await engine.insight.statistics.overview({ connectionId, maxAgeMs: 0 }, {})).data;
}

const list = (connectionId: string) =>
  engine.insight.statistics.list({ connectionId, category: null, ...ALL }, {});

/** Sums over everything that a user made, without asking the engine. */
async function expectSums(url: string, data: StatisticsOverview): Promise<void> {
  const [truth] = await query<Record<keyof StatisticsOverview['figures'], string>>(
    url,
    `SELECT pg_database_size(current_database()) AS "databaseBytes",
       count(*) FILTER (WHERE relkind IN ('r', 'p', 'f')) AS tables,
       (SELECT count(*) FROM pg_index WHERE indrelid = ANY (array_agg(c.oid))) AS indexes,
       sum(pg_relation_size(c.oid)) FILTER (WHERE relkind IN ('r', 'm')) AS "tableBytes",
       sum(pg_indexes_size(c.oid)) AS "indexBytes",
       coalesce(sum(pg_relation_size(nullif(c.reltoastrelid, 0))), 0) AS "toastBytes"
     FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
     WHERE relkind IN ('r', 'p', 'm', 'f') AND nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_toast'`,
  );
  expect(data.figures).toEqual(
    Object.fromEntries(Object.entries(truth ?? {}).map(([name, value]) => [name, Number(value)])),
  );
}

it('the tiles of the demo are sums that SQL gives, and its categories have their bytes and rows', async () => {
  const { url } = await demo.get();
  const { id: connectionId } = await engine.open({ text: url }, { isDemo: true });
  const data = await overview(connectionId);
  await expectSums(url, data);
  const tables = await query<{ name: string; bytes: string; rows: string; scans: string; kind: string }>(
    url,
    `SELECT c.relname AS name, pg_relation_size(c.oid) + pg_indexes_size(c.oid)
         + coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0) AS bytes,
       greatest(c.reltuples, 0) AS rows, coalesce(s.idx_scan, 0) AS scans,
       CASE relkind WHEN 'r' THEN 'table' WHEN 'm' THEN 'matview' END AS kind
     FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid`,
  );
  const page = await list(connectionId);
  for (const { name, bytes, scans, kind } of tables) {
    expect(rowNamed(page, name)).toMatchObject({
      totalBytes: Number(bytes),
      indexScans: Number(scans),
      kind,
    });
  }
  for (const category of data.categories) {
    const members = tables.filter((t) => category.names.includes(t.name));
    expect([category.name, members.length]).toEqual([category.name, category.tables]);
    const sum = (of: 'bytes' | 'rows') => members.reduce((total, t) => total + Number(t[of]), 0);
    expect([category.name, category.bytes, category.rows]).toEqual([
      category.name,
      sum('bytes'),
      sum('rows'),
    ]);
  }
  expect(data.categories.flatMap((c) => c.names).length).toBe(
    tables.filter((t) => t.kind === 'table').length,
  );
});

describe.each([14, 15, 16, 17, 18] as const)('figures on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('are those of SQL: relations of every kind, and what another database did', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE SCHEMA other; CREATE EXTENSION file_fdw; CREATE SERVER f FOREIGN DATA WRAPPER file_fdw;
       CREATE FOREIGN TABLE far (i int) SERVER f OPTIONS (filename '/dev/null');
       CREATE TABLE parted (id int PRIMARY KEY, p text) PARTITION BY RANGE (id);
       CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (1000);
       CREATE TABLE other.wide (id int PRIMARY KEY, p text);
       ALTER TABLE other.wide ALTER p SET STORAGE EXTERNAL;
       INSERT INTO parted SELECT g, 'x' FROM generate_series(1, 500) g;
       INSERT INTO other.wide SELECT g, repeat('y', 9000) FROM generate_series(1, 50) g;
       CREATE MATERIALIZED VIEW seen AS SELECT * FROM parted; CREATE INDEX seen_id ON seen (id)`,
    );
    const busy = await createDatabase(
      await server.get(),
      'CREATE TABLE t (i int); INSERT INTO t VALUES (1), (2)',
    );
    try {
      await database.query('VACUUM ANALYZE');
      // Never vacuumed: nobody counted its pages.
      await database.query(
        "INSERT INTO other.wide SELECT g, repeat('z', 9000) FROM generate_series(51, 90) g",
      );
      await rollBack(busy.url, 7);
      await busy.query(
        'SET work_mem = 64; SELECT count(*) FROM (SELECT g FROM generate_series(1, 50000) g ORDER BY g DESC OFFSET 0) s',
      );
      await deadlock(busy.url);
      const counters = async () => {
        const [row] = await database.query<
          Record<'done' | 'percent' | 'deadlocks' | 'temp' | 'size', string>
        >(
          `SELECT xact_commit + xact_rollback AS done, 100.0 * xact_rollback / nullif(xact_commit + xact_rollback, 0) AS percent,
             deadlocks, temp_bytes AS temp, pg_database_size(datname) AS size
           FROM pg_stat_database WHERE datname = '${busy.name}'`,
        );
        return row;
      };
      // Sessions publish what they did when they end.
      await expect
        .poll(async () => [(await counters())?.deadlocks, Number((await counters())?.percent) > 5])
        .toEqual(['1', true]);
      const connectionId = await open(database.url);
      let truth = await counters();
      await expect
        .poll(
          async () => {
            const last = JSON.stringify(truth);
            truth = await counters();
            return JSON.stringify(truth) === last;
          },
          { interval: 600 },
        )
        .toBe(true);
      const data = await overview(connectionId);
      await expectSums(database.url, data);
      expect(data.databases.find((d) => d.name === busy.name)).toMatchObject({
        isOwn: false,
        sizeBytes: Number(truth?.size),
        transactions: Number(truth?.done),
        deadlocks: 1,
        tempBytes: Number(truth?.temp),
      });
      expect(Number(truth?.temp)).toBeGreaterThan(0);
      expect(data.databases.find((d) => d.name === busy.name)?.rolledBackPercent).toBeCloseTo(
        Number(truth?.percent),
        6,
      );
      const page = await list(connectionId);
      expect(page.rows.map(({ name, kind, indexes }) => [name, kind, indexes])).toEqual(
        (
          await database.query<{ name: string; kind: string; indexes: number }>(
            `SELECT relname AS name, CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table'
               WHEN 'm' THEN 'matview' ELSE 'foreign table' END AS kind,
               (SELECT count(*)::int FROM pg_index WHERE indrelid = c.oid) AS indexes
             FROM pg_class c WHERE relkind IN ('r', 'p', 'm', 'f') AND relnamespace IN
               ('public'::regnamespace, 'other'::regnamespace) ORDER BY 1`,
          )
        ).map(({ name, kind, indexes }) => [name, kind, indexes]),
      );
    } finally {
      await database.drop();
      await busy.drop();
    }
  });

  it('say which view is hidden, with the GRANT, and show the rest', async () => {
    const database = await createDatabase(await server.get(), 'CREATE TABLE t (i int)');
    const role = `statistics_${database.name}`;
    const views = ['pg_stat_wal', ...(major >= 16 ? ['pg_stat_io'] : [])];
    await database.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'statistics-7d2a';
       REVOKE SELECT ON ${views.map((view) => `pg_catalog.${view}`).join(', ')} FROM PUBLIC`,
    );
    const url = urlOf(database.server, database.name, { user: role, password: 'statistics-7d2a' });
    try {
      const connectionId = await open(url);
      const { data, unread } = await engine.insight.statistics.overview({ connectionId, maxAgeMs: 0 }, {});
      expect(data.io).toBeNull();
      expect(data.ioHidden).toMatch(
        major >= 16 ? /^pg_stat_io is hidden from this role/ : /from version 16 on/,
      );
      const grants = unread.filter((u) => u.fact === 'serverCounters').map((u) => u.grant ?? '');
      expect(grants.toSorted()).toEqual(
        views.map((view) => `GRANT SELECT ON pg_catalog.${view} TO "${role}"`).toSorted(),
      );
      const again = await overview(connectionId);
      expect(again.serverDelta).toMatchObject({ wal: null, walWrites: null });
      expect(again.serverDelta?.checkpoints).not.toBeNull();

      for (const grant of grants) await database.query(grant);
      const allowed = await open(url);
      await overview(allowed);
      const seen = await engine.insight.statistics.overview({ connectionId: allowed, maxAgeMs: 0 }, {});
      expect(seen.unread.filter((u) => u.fact === 'serverCounters')).toEqual([]);
      expect(seen.data.serverDelta?.wal).not.toBeNull();
      expect(seen.data.io === null).toBe(major < 16);
    } finally {
      await database.drop();
      await query(urlOf(database.server, 'postgres'), `DROP ROLE ${role}`);
    }
  });
});

describe.each([16, 17, 18] as const)('reads and writes now, on PostgreSQL %i', (major) => {
  const server = usePrivateServer({
    major,
    settings: {
      autovacuum: 'off',
      // So few that most of the table must be read, whatever was done before, and by the client backend alone.
      shared_buffers: '8MB',
      max_parallel_workers_per_gather: '0',
    },
  });

  it('are the difference of two readings, beside the totals', async () => {
    const database = await createDatabase(await server.get(), 'CREATE TABLE t (i int, p text)');
    const connectionId = await open(database.url);
    const bytes = (of: string): string => (major >= 18 ? `${of}_bytes` : `${of}s * op_bytes`);
    const truth = async () => {
      const [row] = await database.query<Record<'read' | 'written' | 'hits', string>>(
        `SELECT ${bytes('read')} AS read, ${bytes('write')} AS written, hits FROM pg_stat_io
         WHERE backend_type = 'client backend' AND object = 'relation' AND context = 'bulkread'`,
      );
      return { read: Number(row?.read), written: Number(row?.written), hits: Number(row?.hits) };
    };
    await database.query(
      "INSERT INTO t SELECT g, repeat('x', 500) FROM generate_series(1, 60000) g; CHECKPOINT",
    );
    const first = await engine.insight.statistics.overview({ connectionId, maxAgeMs: 0 }, {});
    expect(first.data.io?.every((row) => row.lately === null)).toBe(true);
    const before = await truth();
    // More than a quarter of the buffers: through a ring of its own.
    await database.query('SELECT count(*) FROM t');
    const { data } = await engine.insight.statistics.overview({ connectionId, maxAgeMs: 0 }, {});
    const after = await truth();
    const row = data.io?.find((r) => r.backendType === 'client backend' && r.context === 'bulkread');
    const seconds = data.serverDelta?.seconds ?? 0;
    expect(after.read - before.read).toBeGreaterThan(10_000_000);
    expect(Math.round((row?.lately?.readBytesPerSecond ?? 0) * seconds)).toBe(after.read - before.read);
    expect(Math.round((row?.lately?.hitsPerSecond ?? 0) * seconds)).toBe(after.hits - before.hits);
    expect(Math.round((row?.lately?.writtenBytesPerSecond ?? 0) * seconds)).toBe(
      after.written - before.written,
    );
    expect(row?.readBytes).toBe(after.read);
    await database.drop();
  });
});

it('every database of the server has its growth from the samples, and its line', async () => {
  const stage = await stages.open(17, 'CREATE TABLE t (i int)');
  const { database } = stage;
  const other = await createDatabase(
    database.server,
    "CREATE TABLE t AS SELECT repeat('x', 1000) FROM generate_series(1, 2000)",
  );
  try {
    const [now] = await database.query<Record<'own' | 'other' | 'oid' | 'ownOid', string>>(
      `SELECT pg_database_size('${database.name}') AS own, pg_database_size('${other.name}') AS other,
         (SELECT oid::text FROM pg_database WHERE datname = '${other.name}') AS oid,
         (SELECT oid::text FROM pg_database WHERE datname = '${database.name}') AS "ownOid"`,
    );
    const [own, otherSize] = [Number(now?.own), Number(now?.other)];
    const sizes = (ownBytes: number, otherBytes: number | null) => ({
      facts: (facts: Partial<Facts>): Partial<Facts> => {
        const [sample] = facts.databases ?? [];
        const known = (facts.databases ?? []).filter((d) => d.name !== other.name);
        return {
          databases: [
            ...known.map((d) => (d.name === database.name ? { ...d, sizeBytes: ownBytes } : d)),
            ...(sample && otherBytes !== null
              ? [{ ...sample, oid: Number(now?.oid), name: other.name, sizeBytes: otherBytes }]
              : []),
          ],
        };
      },
    });
    // Before the 30 days, but the last word before them.
    const range = 30 * 24;
    await stage.past(range + 5, sizes(own - 9_000, null));
    await stage.past(48, sizes(own - 4_096, otherSize - 1_000_000));
    await stage.past(24, sizes(own - 4_096, otherSize - 500_000));
    const { engine: withPast, connectionId } = await stage.connect();
    const { data } = await withPast.insight.statistics.overview({ connectionId, maxAgeMs: 0 }, {});
    const rowOf = (name: string) => data.databases.find((d) => d.name === name);
    expect(rowOf(database.name)?.growth?.bytes).toBe(4_096);
    expect(rowOf(other.name)?.growth?.bytes).toBe(1_000_000);
    const hours = (Date.now() - Date.parse(rowOf(other.name)?.growth?.since ?? '')) / 3_600_000;
    expect(hours).toBeCloseTo(48, 1);
    const line = async (databaseOid: number) =>
      (await withPast.insight.statistics.growth({ connectionId, databaseOid }, {})).map((p) => p.value);
    expect(await line(Number(now?.oid))).toEqual([otherSize - 1_000_000, otherSize - 500_000]);
    expect(await line(Number(now?.ownOid))).toEqual([own - 4_096, own - 4_096]);
    expect(await line(4_000_000_000)).toEqual([null, null]);
  } finally {
    await other.drop();
  }
});

async function rollBack(url: string, times: number): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'test' });
  await client.connect();
  for (let n = 0; n < times; n += 1) await client.query('BEGIN; SELECT 1; ROLLBACK');
  await client.end();
}

/** Two sessions that wait for each other's row; the server ends one of them. */
async function deadlock(url: string): Promise<void> {
  const clients = [0, 1].map(() => new pg.Client({ connectionString: url, application_name: 'test' }));
  const [one, two] = clients;
  await Promise.all(clients.map((client) => client.connect()));
  try {
    await one?.query('BEGIN; UPDATE t SET i = i WHERE i = 1');
    await two?.query('BEGIN; UPDATE t SET i = i WHERE i = 2');
    const ends = await Promise.allSettled([
      one?.query('UPDATE t SET i = i WHERE i = 2; COMMIT'),
      two?.query('UPDATE t SET i = i WHERE i = 1; COMMIT'),
    ]);
    expect(ends.filter((end) => end.status === 'rejected')).toHaveLength(1);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}
