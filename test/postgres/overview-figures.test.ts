import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { AuditFacts } from '#shared/model/audit.ts';
import { auditUrl } from '../support/audit.ts';
import { useEngine } from '../support/insight.ts';
import { createDatabase, query, useDemo, usePrivateServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();

/** The tiles of the Overview by SQL that shares nothing with the collectors'. Sessions of the test and ours left out. */
const TILES_SQL = `
  WITH rel AS (
    SELECT c.*, pg_relation_size(c.oid) AS heap, coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0) AS toast
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND c.relkind IN ('r', 'p', 'm', 'f', 'i', 'I')),
  ind AS (
    SELECT x.*, rel.relkind, rel.heap, coalesce(s.idx_scan, 0) AS scans, rel.relkind = 'i' AND coalesce(s.idx_scan, 0) = 0 AS never,
      x.indisprimary OR x.indisunique OR x.indisexclusion AS is_key
    FROM rel JOIN pg_index x ON x.indexrelid = rel.oid LEFT JOIN pg_stat_user_indexes s USING (indexrelid)),
  con AS (
    SELECT c.* FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
    WHERE conrelid <> 0 AND contype <> 'n' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_')
  SELECT (SELECT count(*) FROM rel WHERE relkind IN ('r', 'p') AND NOT relispartition)::int AS tables,
    (SELECT count(*) FROM rel WHERE relkind = 'm')::int AS matviews,
    (SELECT count(*) FROM rel WHERE relispartition AND relkind NOT IN ('i', 'I'))::int AS partitions,
    (SELECT count(*) FROM ind)::int AS indexes,
    (SELECT count(*) FROM ind WHERE never)::int AS "indexesNeverScanned",
    (SELECT count(*) FROM ind WHERE never AND NOT is_key)::int AS "indexesRemovable",
    (SELECT coalesce(sum(heap), 0) FROM ind WHERE never AND NOT is_key)::float8 AS "indexesRemovableBytes",
    (SELECT coalesce(sum(heap), 0) FROM ind)::float8 AS "indexBytes",
    (SELECT coalesce(sum(heap + toast), 0) FROM rel WHERE relkind IN ('r', 'm'))::float8 AS "tableBytes",
    pg_database_size(current_database())::float8 AS "databaseSizeBytes",
    (SELECT sum(n_live_tup) FROM pg_stat_user_tables)::float8 AS "liveRows",
    (SELECT sum(n_dead_tup) FROM pg_stat_user_tables)::float8 AS "deadRows",
    (SELECT count(*) FROM con)::int AS constraints,
    (SELECT count(*) FROM con WHERE contype = 'f' AND conparentid = 0)::int AS "foreignKeys",
    (SELECT count(*) FROM pg_sequences)::int AS sequences,
    (SELECT count(*) FROM pg_roles WHERE rolname !~ '^pg_')::int AS roles,
    (SELECT count(*) FROM pg_extension)::int AS extensions,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - coalesce(current_setting('reserved_connections', true), '0')::int AS "connectionsLimit",
    (SELECT age(datfrozenxid) / 2147483648.0 FROM pg_database WHERE datname = current_database())::float8 AS "freezeShare"`;

/** What goes on while it is read: asked before and after. */
const MOVING_SQL = `
  SELECT /* asked by a test */ (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend'
      AND application_name NOT LIKE 'pgvitals/%' AND pid <> pg_backend_pid()) AS connections,
    (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)) * 1000, 0)::float8 FROM pg_stat_activity
      WHERE application_name NOT LIKE 'pgvitals/%' AND pid <> pg_backend_pid()) AS "oldestTransactionMs",
    (SELECT blks_hit / nullif(blks_hit + blks_read, 0)::float8 FROM pg_stat_database
      WHERE datname = current_database()) AS "cacheHitRatio",
    extract(epoch FROM now() - (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()))::float8
      / 86400 AS "statisticsAgeDays"`;

type Moving = Record<
  'connections' | 'oldestTransactionMs' | 'cacheHitRatio' | 'statisticsAgeDays',
  number | null
>;

async function compare(url: string, isQuiet: boolean): Promise<AuditFacts> {
  const moving = async (): Promise<Moving> => {
    const [row] = await query<Moving>(url, MOVING_SQL);
    if (!row) throw new Error('no row');
    return row;
  };
  const before = await moving();
  const { facts } = (await auditUrl(url)).audit;
  const after = await moving();
  const [tiles = {}] = await query<Partial<AuditFacts>>(url, TILES_SQL);
  const { connections, oldestTransactionMs, cacheHitRatio, statisticsAgeDays, freezeShare, ...still } = facts;
  const { freezeShare: share, ...truth } = tiles;
  expect(still).toEqual(truth);
  // Others may take transaction ids meanwhile.
  expect(Math.abs((freezeShare ?? -1) - (share ?? 0))).toBeLessThan(1_000 / 2 ** 31);
  if (!isQuiet) return facts;
  expect([before.connections, connections, after.connections]).toEqual(Array(3).fill(before.connections));
  if (before.oldestTransactionMs === 0) expect(oldestTransactionMs).toBe(0);
  else expectBetween(oldestTransactionMs, before.oldestTransactionMs, after.oldestTransactionMs);
  expect(cacheHitRatio).toBeCloseTo(after.cacheHitRatio ?? -1, 2);
  // Before 15 a database has no such time until its counters are reset.
  if (before.statisticsAgeDays === null) expect(statisticsAgeDays).toBeNull();
  else expectBetween(statisticsAgeDays, before.statisticsAgeDays, after.statisticsAgeDays);
  return facts;
}

function expectBetween(value: number | null, least: number | null, most: number | null): void {
  expect(value).toBeGreaterThanOrEqual(least ?? Number.NaN);
  expect(value).toBeLessThanOrEqual(most ?? Number.NaN);
}

async function compareLargest(url: string): Promise<void> {
  const largest = await engine.insight.tables.largest(
    { connectionId: await open(url), limit: 8, maxAgeMs: 0 },
    {},
  );
  const truth = await query<{ name: string }>(
    url,
    `SELECT n.nspname AS schema, c.relname AS name, CASE relkind WHEN 'm' THEN 'matview' ELSE 'table' END AS kind,
       CASE WHEN reltuples >= 0 THEN reltuples::float8 END AS rows, pg_relation_size(c.oid)::float8 AS "heapBytes",
       pg_indexes_size(c.oid)::float8 AS "indexBytes", toast::float8 AS "toastBytes",
       (pg_relation_size(c.oid) + pg_indexes_size(c.oid) + toast)::float8 AS "totalBytes"
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
       LATERAL (SELECT coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0) AS toast) t
     WHERE relkind IN ('r', 'm') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
     ORDER BY 8 DESC, c.relname LIMIT 8`,
  );
  expect(truth.length).toBeGreaterThan(3);
  expect(largest).toMatchObject(truth);
}

it('the demo: every tile, and its largest relations', async () => {
  const { url } = await demo.get();
  await compare(url, false);
  await compareLargest(url);
});

describe.each([14, 15, 16, 17, 18] as const)('tiles of the Overview on PostgreSQL %i', (major) => {
  const server = usePrivateServer({
    major,
    settings: {
      autovacuum: 'off',
      max_connections: '60',
      superuser_reserved_connections: '4',
      ...(major >= 16 ? { reserved_connections: '2' } : {}),
    },
  });

  it('are those that SQL gives, with sessions and an open transaction beside them', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE SCHEMA shop; CREATE EXTENSION pg_trgm; CREATE ROLE clerk; CREATE SEQUENCE loose;
       CREATE TABLE shop.customer (id serial PRIMARY KEY, mail text UNIQUE, age int CHECK (age > 0));
       CREATE TABLE shop.parted (id int NOT NULL, customer int REFERENCES shop.customer, at date) PARTITION BY RANGE (id);
       CREATE TABLE shop.parted_1 PARTITION OF shop.parted FOR VALUES FROM (1) TO (1000);
       CREATE TABLE shop.parted_2 PARTITION OF shop.parted FOR VALUES FROM (1000) TO (5000);
       CREATE INDEX ON shop.parted (at);
       CREATE TABLE doc (id int, body text, EXCLUDE USING btree (id WITH =)); CREATE INDEX doc_body ON doc (md5(body));
       INSERT INTO shop.customer (mail, age) SELECT 'm' || g, g FROM generate_series(1, 2000) g;
       INSERT INTO shop.parted SELECT g, g % 2000 + 1, now() FROM generate_series(1, 4000) g;
       INSERT INTO doc SELECT g, (SELECT string_agg(md5(g || '-' || h), '') FROM generate_series(1, 200) h) FROM generate_series(1, 200) g;
       DELETE FROM doc WHERE id <= 30; CREATE MATERIALIZED VIEW totals AS SELECT customer, count(*) FROM shop.parted GROUP BY 1;
       ANALYZE; SELECT pg_stat_reset_single_table_counters('pg_class'::regclass)`,
    );
    const sessions = [0, 1, 2].map(() => new pg.Client({ connectionString: database.url }));
    for (const session of sessions) await session.connect();
    try {
      await sessions[0]?.query('SELECT * FROM shop.customer WHERE id = 7');
      await sessions[1]?.query('BEGIN; SELECT 1');
      const counted = 'SELECT FROM pg_stat_user_tables WHERE n_dead_tup = 30 AND n_live_tup = 170';
      await expect.poll(() => database.query(counted), { timeout: 10_000 }).toHaveLength(1);
      const scanned =
        "SELECT FROM pg_stat_user_indexes WHERE indexrelname = 'customer_pkey' AND idx_scan > 0";
      await expect.poll(() => database.query(scanned), { timeout: 10_000 }).toHaveLength(1);
      const facts = await compare(database.url, true);
      expect(facts).toMatchObject({
        tables: 3,
        matviews: 1,
        partitions: 2,
        foreignKeys: 1,
        deadRows: 30,
        connections: 3,
        connectionsLimit: major >= 16 ? 54 : 56,
      });
      expect(facts.oldestTransactionMs).toBeGreaterThan(0);
      await sessions[1]?.query('ROLLBACK');
      // The audit's own transaction is none of theirs.
      expect(await compare(database.url, true)).toMatchObject({ oldestTransactionMs: 0 });
      await compareLargest(database.url);
    } finally {
      for (const session of sessions) await session.end();
      await database.drop();
    }
  });
});
