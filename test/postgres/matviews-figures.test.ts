import { describe, expect, it } from 'vitest';
import type { MatviewsOverview } from '#shared/model/matviews.ts';
import { useEngine } from '../support/insight.ts';
import { createDatabase, query, useDemo, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();

const overviewOf = async (url: string): Promise<MatviewsOverview> =>
  (await engine.insight.matviews.overview({ connectionId: await open(url), maxAgeMs: 0 }, {})).data;

/** matview.c, is_usable_unique_index: btree only before 18. */
const USABLE = `x.indisunique AND x.indisvalid AND x.indimmediate AND x.indpred IS NULL AND x.indnatts > 0
  AND NOT 0 = ANY (x.indkey::int2[])
  AND ((SELECT amname FROM pg_class i JOIN pg_am a ON a.oid = i.relam WHERE i.oid = x.indexrelid) = 'btree'
    OR current_setting('server_version_num')::int >= 180000)`;

/** Each matview with what the page's columns say of it, and all below it that one must refresh first. */
const VIEWS_SQL = `
  WITH RECURSIVE link AS (
    SELECT DISTINCT r.ev_class AS reader, d.refobjid AS read FROM pg_rewrite r JOIN pg_depend d
      ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    WHERE r.ev_class <> d.refobjid),
  way (root, oid, level) AS (
    SELECT oid, oid, 1 FROM pg_class WHERE relkind = 'm'
    UNION SELECT root, link.read, level + CASE WHEN c.relkind = 'm' THEN 1 ELSE 0 END
      FROM way JOIN link ON link.reader = way.oid JOIN pg_class c ON c.oid = link.read)
  SELECT n.nspname || '.' || c.relname AS name, c.relispopulated AS "isPopulated",
    CASE WHEN NOT c.relispopulated THEN 'no: it holds no data yet'
      WHEN EXISTS (SELECT FROM pg_index x WHERE x.indrelid = c.oid AND ${USABLE}) THEN 'yes'
      WHEN EXISTS (SELECT FROM pg_index x WHERE x.indrelid = c.oid AND x.indisunique)
        THEN 'no: its unique index is partial, on an expression or invalid'
      ELSE 'no: it has no unique index' END AS concurrent,
    ARRAY(SELECT indexrelid::regclass::text FROM pg_index x WHERE x.indrelid = c.oid AND ${USABLE}) AS keys,
    (SELECT max(level)::int FROM way WHERE root = c.oid) AS "refreshLevel"
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' ORDER BY 1`;

async function compare(url: string): Promise<MatviewsOverview> {
  const data = await overviewOf(url);
  const truth = await query<{
    name: string;
    isPopulated: boolean;
    concurrent: string;
    keys: string[];
    refreshLevel: number;
  }>(url, VIEWS_SQL);
  const rows = new Map(data.views.map((view) => [`${view.schema}.${view.name}`, view]));
  expect(rows.size).toBe(truth.length);
  for (const { name, keys, ...columns } of truth) {
    const row = rows.get(name);
    expect([name, row]).toEqual([name, expect.objectContaining(columns)]);
    if (row?.key === null || row === undefined) expect([name, keys]).toEqual([name, []]);
    else
      expect([name, keys.map((key) => key.replace(/^.*\./, '').replaceAll('"', ''))]).toEqual([
        name,
        expect.arrayContaining([row.key]),
      ]);
  }
  const [tiles] = await query<MatviewsOverview['figures'] & { forks: number }>(
    url,
    `SELECT count(*)::int AS views, count(*) FILTER (WHERE NOT relispopulated)::int AS "withoutData",
       count(*) FILTER (WHERE relispopulated AND EXISTS (SELECT FROM pg_index x WHERE x.indrelid = c.oid AND ${USABLE}))::int AS concurrently,
       -- The main fork of each: free space and visibility maps are not the data's.
       coalesce(sum(pg_relation_size(c.oid) + coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0) + pg_indexes_size(c.oid)), 0)::float8 AS bytes,
       count(*) FILTER (WHERE coalesce(seq_scan, 0) + coalesce(idx_scan, 0) = 0)::int AS "neverRead"
     FROM pg_class c LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid WHERE c.relkind = 'm'`,
  );
  expect(data.figures).toEqual(tiles);
  return data;
}

it('the demo: tiles and columns', async () => {
  expect((await compare((await demo.get()).url)).figures.views).toBeGreaterThan(0);
});

describe.each([14, 15, 16, 17, 18] as const)('tiles and columns on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('are those that SQL gives, for views of every kind', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE SCHEMA "Far"; CREATE TABLE t (id int, n int, doc text);
       INSERT INTO t SELECT g, g % 7, (SELECT string_agg(md5(g || '-' || h), '') FROM generate_series(1, 200) h) FROM generate_series(1, 300) g;
       CREATE MATERIALIZED VIEW keyed AS SELECT * FROM t; CREATE UNIQUE INDEX keyed_id ON keyed (id);
       CREATE UNIQUE INDEX keyed_pair ON keyed (id, n);
       CREATE MATERIALIZED VIEW "Far"."Wide" AS SELECT * FROM keyed; CREATE UNIQUE INDEX "Wide key" ON "Far"."Wide" (id) INCLUDE (n);
       CREATE MATERIALIZED VIEW partial AS SELECT id FROM t; CREATE UNIQUE INDEX ON partial (id) WHERE id > 5;
       CREATE MATERIALIZED VIEW expression AS SELECT id FROM t; CREATE UNIQUE INDEX ON expression ((id + 0));
       CREATE MATERIALIZED VIEW mixed AS SELECT id, n FROM t; CREATE UNIQUE INDEX ON mixed (id, (n + 0));
       CREATE MATERIALIZED VIEW plain AS SELECT id FROM t; CREATE INDEX ON plain (id);
       CREATE MATERIALIZED VIEW bare AS SELECT id FROM t WITH NO DATA; CREATE UNIQUE INDEX ON bare (id);
       CREATE VIEW between AS SELECT id FROM "Far"."Wide" UNION ALL SELECT id FROM partial;
       CREATE MATERIALIZED VIEW top AS SELECT b.id FROM between b JOIN t ON t.id = b.id;
       CREATE MATERIALIZED VIEW summit AS SELECT count(*) FROM top, plain;
       ANALYZE; SELECT count(*) FROM keyed; SELECT count(*) FROM top`,
    );
    try {
      // 14 counts some time after a session has ended.
      const counted = "SELECT FROM pg_stat_user_tables WHERE relname = 'top' AND seq_scan > 0";
      await expect.poll(() => database.query(counted), { timeout: 10_000 }).toHaveLength(1);
      const { figures, views } = await compare(database.url);
      expect(figures).toMatchObject({ views: 9, withoutData: 1, concurrently: 2 });
      expect(Object.fromEntries(views.map((v) => [v.name, v.refreshLevel]))).toMatchObject({
        keyed: 1,
        Wide: 2,
        partial: 1,
        top: 3,
        summit: 4,
      });
      // Long texts live in TOAST: 300 × 6,400 bytes, hardly compressed.
      expect(views.find((v) => v.name === 'keyed')?.sizeBytes).toBeGreaterThan(1_000_000);
    } finally {
      await database.drop();
    }
  });
});
