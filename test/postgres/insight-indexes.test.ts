import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ALL, rowNamed, useEngine } from '../support/insight.ts';
import { createDatabase, query, type TestDatabase, useDemo, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
type View = Parameters<typeof engine.insight.indexes.list>[0]['view'];

const list = (connectionId: string, view: View = 'all', tableOid: number | null = null) =>
  engine.insight.indexes.list({ connectionId, view, tableOid, ...ALL }, {});

interface TrueIndex {
  readonly oid: number;
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly tableOid: number;
  readonly method: string;
  readonly size: number;
  readonly scans: number;
  readonly read: number;
  readonly fetched: number;
  readonly writes: number;
  readonly tableRows: number;
  readonly isValid: boolean;
  readonly isKey: boolean;
  readonly isPartitioned: boolean;
  readonly definition: string;
  readonly constraint: string | null;
}

/** Every index of user schemas, by the views that people use. */
const INDEXES = `SELECT i.indexrelid::int AS oid, c.relname AS name, n.nspname AS schema, t.relname AS "table",
  t.oid::int AS "tableOid", am.amname AS method, pg_relation_size(i.indexrelid)::int AS size,
  coalesce(s.idx_scan, 0)::int AS scans, coalesce(s.idx_tup_read, 0)::int AS read,
  coalesce(s.idx_tup_fetch, 0)::int AS fetched,
  coalesce(u.n_tup_ins + u.n_tup_upd + u.n_tup_del, 0)::int AS writes, t.reltuples::int AS "tableRows",
  indisvalid AS "isValid", indisunique OR indisexclusion AS "isKey", c.relkind = 'I' AS "isPartitioned",
  pg_get_indexdef(i.indexrelid) AS definition, k.conname AS constraint
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_stat_all_indexes s ON s.indexrelid = i.indexrelid LEFT JOIN pg_stat_all_tables u ON u.relid = t.oid
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY n.nspname, c.relname`;

/** Plain btree indexes without which another one of the same table would still do all that they do. */
const REDUNDANT = `WITH i AS (
  SELECT x.*, c.relname, indnkeyatts AS n, (indkey::int2[])[0:indnkeyatts - 1] AS keys,
    (indclass::oid[])[0:indnkeyatts - 1] AS classes, (indcollation::oid[])[0:indnkeyatts - 1] AS collations,
    (indoption::int2[])[0:indnkeyatts - 1] AS options,
    ARRAY(SELECT (3 - o)::int2 FROM unnest((indoption::int2[])[0:indnkeyatts - 1]) WITH ORDINALITY u (o, at) ORDER BY at) AS mirrored,
    (SELECT coalesce(idx_scan, 0) FROM pg_stat_all_indexes s WHERE s.indexrelid = x.indexrelid) AS scans,
    EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid) AS bound
  FROM pg_index x JOIN pg_class c ON c.oid = indexrelid JOIN pg_am a ON a.oid = relam AND amname = 'btree'
  WHERE indpred IS NULL AND indexprs IS NULL AND indisvalid AND NOT indisclustered
    AND relnamespace = 'public'::regnamespace)
SELECT a.indexrelid::int AS oid, a.relname AS name, pg_relation_size(a.indexrelid)::int AS size
FROM i a WHERE NOT a.indisunique AND NOT a.bound AND EXISTS (
  SELECT FROM i b WHERE b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid
    -- A slice begins at 1, whatever it was cut from.
    AND b.keys[1:a.n] = a.keys AND b.classes[1:a.n] = a.classes
    AND b.collations[1:a.n] = a.collations
    -- Read from the other end it gives the opposite order.
    AND b.options[1:a.n] IN (a.options, a.mirrored)
    AND a.indkey::int2[] <@ b.indkey::int2[]
    AND (b.n > a.n OR b.indnatts > a.indnatts OR b.indisunique
      OR (b.scans, -b.indexrelid::int8) > (a.scans, -a.indexrelid::int8)))`;

const sum = <T>(rows: readonly T[], value: (row: T) => number): number =>
  rows.reduce((total, row) => total + value(row), 0);

async function expectTotals(connectionId: string, truth: readonly TrueIndex[]): Promise<void> {
  const { data } = await engine.insight.indexes.overview({ connectionId }, {});
  const never = truth.filter((i) => i.scans === 0 && !i.isPartitioned);
  const removable = never.filter((i) => !i.isKey);
  const invalid = truth.filter((i) => !i.isValid);
  const size = (i: TrueIndex): number => i.size;
  expect(data.totals).toMatchObject({
    indexes: truth.length,
    sizeBytes: sum(truth, size),
    neverScanned: never.length,
    neverScannedBytes: sum(never, size),
    removable: removable.length,
    removableBytes: sum(removable, size),
    invalid: invalid.length,
    invalidBytes: sum(invalid, size),
    rarelyUsed: truth.filter((i) => i.scans > 0 && i.scans < 10).length,
  });
}

async function expectRows(connectionId: string, truth: readonly TrueIndex[]): Promise<void> {
  const all = await list(connectionId);
  expect(all.total).toBe(truth.length);
  for (const expected of truth) {
    expect(all.rows.find((row) => row.oid === expected.oid)).toMatchObject({
      name: expected.name,
      schema: expected.schema,
      table: expected.table,
      accessMethod: expected.method,
      sizeBytes: expected.size,
      scans: expected.scans,
      tableWrites: expected.writes,
      scansPerWrite:
        expected.writes === 0 || expected.isPartitioned
          ? null
          : expect.closeTo(expected.scans / expected.writes, 12),
      // The counters are younger than a day, and nothing was sampled.
      scansPerDay: null,
    });
  }
}

async function expectTables(connectionId: string, truth: readonly TrueIndex[], url: string): Promise<void> {
  const byTable = Map.groupBy(truth, (index) => index.tableOid);
  const tables = await engine.insight.indexes.tables({ connectionId, ...ALL }, {});
  expect(tables.total).toBe(byTable.size);
  const sizes = await query<{ oid: number; size: number }>(
    url,
    "SELECT oid::int, pg_relation_size(oid)::int AS size FROM pg_class WHERE relkind IN ('r', 'm', 'p')",
  );
  for (const [oid, own] of byTable) {
    const never = own.filter((i) => i.scans === 0 && !i.isPartitioned);
    const row = tables.rows.find((table) => table.oid === oid);
    const rows = own[0]?.tableRows ?? 0;
    expect(row).toMatchObject({
      name: own[0]?.table,
      indexes: own.length,
      neverScanned: never.length,
      removable: never.filter((i) => !i.isKey).length,
      indexBytes: sum(own, (i) => i.size),
      tableBytes: sizes.find((s) => s.oid === oid)?.size,
    });
    // -1 = never analysed; the planner knows of no rows then.
    if (rows >= 0) expect(row?.rows).toBe(rows);
    expect(await engine.insight.indexes.table({ connectionId, oid }, {})).toEqual(row);
    expect(new Set((await list(connectionId, 'all', oid)).rows.map((r) => r.oid))).toEqual(
      new Set(own.map((i) => i.oid)),
    );
  }
}

describe('the indexes of the demo', () => {
  const demo = useDemo();
  let url: string;
  let connectionId: string;
  let truth: TrueIndex[];

  beforeAll(async () => {
    ({ url } = await demo.get());
    connectionId = await open(url);
    truth = await query<TrueIndex>(url, INDEXES);
    await engine.insight.indexes.overview({ connectionId, maxAgeMs: 0 }, {});
  });

  it('totals are what SQL counts, and what the hand-made audit counted', async () => {
    await expectTotals(connectionId, truth);
    const { data } = await engine.insight.indexes.overview({ connectionId }, {});
    expect(data.totals).toMatchObject({ indexes: 226, neverScanned: 218, removable: 164 });
    expect(data.counts).toMatchObject({ mostIndexes: 19 });
    expect([data.isStandby, data.standbys]).toEqual([false, []]);
  });

  it('duplicates, their size and the wasted bytes are what SQL finds', async () => {
    const redundant = await query<{ oid: number; name: string; size: number }>(url, REDUNDANT);
    const { data } = await engine.insight.indexes.overview({ connectionId }, {});
    expect(data.totals.duplicates).toBe(redundant.length);
    expect(data.totals.duplicateBytes).toBe(sum(redundant, (i) => i.size));
    const gone = new Set(redundant.map((i) => i.oid));
    const wasted = truth.filter((i) => gone.has(i.oid) || !i.isValid || (i.scans === 0 && !i.isKey));
    expect(data.totals.wasted).toBe(wasted.length);
    expect(data.totals.wastedBytes).toBe(sum(wasted, (i) => i.size));
    const families = await engine.insight.indexes.families({ connectionId, ...ALL }, {});
    expect(families.total).toBe(data.counts.families);
    const dropped: string[] = [];
    for (const family of families.rows) {
      const detail = await engine.insight.indexes.family({ connectionId, oid: family.oid }, {});
      expect(detail.members.filter((m) => m.verdict === 'keep').map((m) => m.name)).toEqual([family.keep]);
      const drops = detail.members.filter((m) => m.verdict === 'drop');
      expect(family.members).toBe(drops.length + 1);
      expect(family.reclaimableBytes).toBe(
        sum(drops, (m) => truth.find((i) => i.oid === m.oid)?.size ?? Number.NaN),
      );
      for (const member of detail.members) {
        expect(truth.find((i) => i.oid === member.oid)).toMatchObject({
          name: member.name,
          size: member.sizeBytes,
          scans: member.scans,
        });
      }
      dropped.push(...drops.map((m) => m.name));
      // What a family keeps no other one drops.
      expect(gone.has(family.oid)).toBe(false);
    }
    expect(dropped.sort()).toEqual(redundant.map((i) => i.name).sort());
  });

  it('every figure of every row and table is what SQL gives', async () => {
    await expectRows(connectionId, truth);
    await expectTables(connectionId, truth, url);
  });

  it('over-indexed are the tables with 8 indexes or more of which 7 in 10 were never scanned', async () => {
    const { rows } = await engine.insight.indexes.tables({ connectionId, ...ALL }, {});
    const expected = await query<{ name: string; many: boolean }>(
      url,
      `SELECT relname AS name, count(*) >= 12 AS many FROM pg_stat_user_indexes
       GROUP BY relid, relname HAVING count(*) >= 8 AND avg((idx_scan = 0)::int) >= 0.7 ORDER BY 1`,
    );
    expect(expected.length).toBeGreaterThan(3);
    expect(
      rows
        .filter((table) => table.overIndexed !== null)
        .map((table) => ({ name: table.name, many: table.overIndexed === 'medium' }))
        .sort((a, b) => a.name.localeCompare(b.name)),
    ).toEqual(expected);
    const { data } = await engine.insight.indexes.overview({ connectionId }, {});
    expect(data.counts.overIndexedTables).toBe(expected.length);
  });

  it('missing: the foreign keys that no index begins with', async () => {
    const expected = await query<{ table: string }>(
      url,
      `SELECT conrelid::regclass::text AS "table" FROM pg_constraint k WHERE contype = 'f' AND NOT EXISTS (
         SELECT FROM pg_index i WHERE indrelid = conrelid AND indisvalid AND indpred IS NULL
           AND (indkey::int2[])[0:cardinality(conkey) - 1] @> conkey) GROUP BY conrelid, conkey`,
    );
    const { rows, total } = await engine.insight.indexes.missing({ connectionId, ...ALL }, {});
    const { data } = await engine.insight.indexes.overview({ connectionId }, {});
    expect(data.counts.missing).toBe(total);
    const keys = rows.filter((row) => row.source === 'foreign key');
    expect(keys.map((row) => row.table).sort()).toEqual(expected.map((row) => row.table).sort());
    for (const row of keys) {
      const detail = await engine.insight.indexes.missingDetail({ connectionId, key: row.key }, {});
      expect(detail.row).toEqual(row);
      expect(detail.fix?.sql[0]).toMatch(/^CREATE INDEX CONCURRENTLY /);
    }
  });

  it('the drawer repeats what SQL gives', async () => {
    for (const expected of truth.filter((i) => i.scans > 0)) {
      const detail = await engine.insight.indexes.detail({ connectionId, oid: expected.oid }, {});
      expect(detail).toMatchObject({
        rowsRead: expected.read,
        rowsFetched: expected.fetched,
        tableRows: expected.tableRows,
        constraint: expected.constraint,
        perDayFrom: null,
        invalidReason: null,
      });
    }
  });

  it('points are the indexes themselves', async () => {
    const { points, of } = await engine.insight.indexes.map({ connectionId }, {});
    expect([points.length, of]).toEqual([truth.length, truth.length]);
    for (const point of points) {
      const expected = truth.find((i) => i.oid === point.oid);
      expect([point.name, point.sizeBytes, point.scans, point.tableWrites]).toEqual([
        expected?.name,
        expected?.size,
        expected?.scans,
        expected?.writes,
      ]);
      expect(point.kind).toBe(expected?.isKey ? 'key' : expected?.scans === 0 ? 'removable' : 'used');
    }
  });

  it('views hold what their names say', async () => {
    const names = async (view: View) => (await list(connectionId, view)).rows.map((row) => row.name).sort();
    const where = (isIn: (index: TrueIndex) => boolean) =>
      truth
        .filter(isIn)
        .map((index) => index.name)
        .sort();
    expect(await names('unused')).toEqual(where((i) => i.scans === 0));
    expect(await names('removable')).toEqual(where((i) => i.scans === 0 && !i.isKey));
    expect(await names('used')).toEqual(where((i) => i.scans > 0));
    expect(await names('rare')).toEqual(where((i) => i.scans > 0 && i.scans < 10));
    expect(await names('invalid')).toEqual([]);
  });

  it('the largest message for 100 rows of any list stays far below 256 kB', async () => {
    const { indexes } = engine.insight;
    const query100 = { connectionId, ...ALL, limit: 100 };
    const answers = [
      await indexes.overview({ connectionId }, {}),
      await indexes.list({ ...query100, view: 'all', tableOid: null }, {}),
      await indexes.tables(query100, {}),
      await indexes.families(query100, {}),
      await indexes.missing(query100, {}),
      await indexes.bloated(query100, {}),
      await indexes.removals({ ...query100, withUnproven: true }, {}),
      await indexes.map({ connectionId }, {}),
    ];
    for (const answer of answers) expect(JSON.stringify(answer).length).toBeLessThan(128 * 1024);
  });
});

describe.each([14, 15, 16, 17, 18] as const)('a generated database on PostgreSQL %i', (major) => {
  const server = useServer(major);
  let database: TestDatabase;
  let connectionId: string;
  let truth: TrueIndex[];

  beforeAll(async () => {
    database = await createDatabase(
      await server.get(),
      `CREATE SCHEMA "Other";
       CREATE TABLE "Other"."Orders" (id int PRIMARY KEY, code text UNIQUE, a int, b int, during int4range,
         EXCLUDE USING gist (during WITH &&));
       INSERT INTO "Other"."Orders" SELECT g, g, g % 50, g FROM generate_series(1, 4000) g;
       CREATE INDEX by_a ON "Other"."Orders" (a); CREATE INDEX by_a_b ON "Other"."Orders" (a, b DESC) INCLUDE (code);
       CREATE INDEX "By lower" ON "Other"."Orders" (lower(code)) WHERE b > 5;
       CREATE TABLE "Orders" (id int); CREATE INDEX orders_id ON "Orders" (id);
       CREATE TABLE parts (k int, v int) PARTITION BY RANGE (k);
       CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (1000);
       INSERT INTO parts SELECT g, g FROM generate_series(0, 999) g;
       CREATE INDEX parts_v ON parts (v);
       CREATE TABLE doubled (x int); INSERT INTO doubled VALUES (1), (1);
       ANALYZE`,
    );
    // Leaves an invalid index behind, as a failed REINDEX CONCURRENTLY leaves its copy.
    for (const name of ['doubled_x', 'good_x_ccnew'])
      await database.query(`CREATE UNIQUE INDEX CONCURRENTLY ${name} ON doubled (x)`).catch(() => undefined);
    await database.query(
      `SET enable_seqscan = off; SELECT * FROM "Other"."Orders" WHERE id = 7;
       SELECT * FROM "Other"."Orders" WHERE a = 7 AND b = 7; SELECT * FROM parts WHERE v = 7`,
    );
    connectionId = await open(database.url);
    await vi.waitUntil(
      async () => {
        truth = await database.query<TrueIndex>(INDEXES);
        return truth.filter((i) => i.scans > 0).length === 3 && truth.some((i) => i.writes === 4000);
      },
      { timeout: 20_000, interval: 200 },
    );
    await engine.insight.indexes.overview({ connectionId, maxAgeMs: 0 }, {});
  });
  afterAll(() => database?.drop());

  it('has the totals, rows and tables that SQL gives', async () => {
    await expectTotals(connectionId, truth);
    await expectRows(connectionId, truth);
    await expectTables(connectionId, truth, database.url);
  });

  it('composes the definitions that the server prints', async () => {
    for (const index of truth.filter((i) => !i.isKey)) {
      const { definition } = await engine.insight.indexes.detail({ connectionId, oid: index.oid }, {});
      const plain = (text: string): string => text.replaceAll('"', '');
      expect(plain(definition)).toBe(plain(index.definition));
    }
  });

  it(major >= 16 ? 'knows when each was scanned last' : 'has no last scan before 16', async () => {
    const all = await list(connectionId);
    const column = major >= 16 ? 'last_idx_scan' : 'NULL::timestamptz';
    const expected = await database.query<{ name: string; at: Date | null }>(
      `SELECT indexrelname AS name, ${column} AS at FROM pg_stat_user_indexes`,
    );
    for (const { name, at } of expected)
      expect(rowNamed(all, name).lastScanAt?.slice(0, 19) ?? null).toBe(
        at?.toISOString().slice(0, 19) ?? null,
      );
    expect(expected.some(({ at }) => at !== null)).toBe(major >= 16);
  });

  it('tells a table from another of that name in another schema', async () => {
    const tables = await engine.insight.indexes.tables({ connectionId, ...ALL }, {});
    const [other, own] = ['Other', 'public'].map((schema) =>
      tables.rows.find((t) => t.name === 'Orders' && t.schema === schema),
    );
    expect((await list(connectionId, 'all', own?.oid ?? 0)).rows.map((r) => r.name)).toEqual(['orders_id']);
    expect((await list(connectionId, 'all', other?.oid ?? 0)).total).toBe(6);
  });

  it('names invalid indexes by what left them, and says what to do', async () => {
    const invalid = await engine.insight.indexes.list(
      { connectionId, view: 'invalid', tableOid: null, ...ALL, sortBy: 'attention', direction: 'descending' },
      {},
    );
    expect(invalid.rows.map((row) => row.name)).toEqual(['good_x_ccnew', 'doubled_x']);
    const detail = async (name: string) =>
      engine.insight.indexes.detail({ connectionId, oid: rowNamed(invalid, name).oid }, {});
    const copy = await detail('good_x_ccnew');
    expect(copy.invalidReason).toMatch(/is invalid: no query uses it/);
    expect(copy.fix?.sql).toEqual(['DROP INDEX CONCURRENTLY "public"."good_x_ccnew"']);
    expect(copy.fix?.notes.join()).toMatch(/REINDEX CONCURRENTLY that failed: drop it/);
    expect((await detail('doubled_x')).fix?.sql).toEqual(['REINDEX INDEX CONCURRENTLY "public"."doubled_x"']);
  });
});
