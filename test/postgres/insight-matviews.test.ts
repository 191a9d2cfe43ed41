import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { useEngine } from '../support/insight.ts';
import { createDatabase, query, useDemo, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();
const MAJORS = [14, 15, 16, 17, 18] as const;

const read = async (connectionId: string) =>
  (await engine.insight.matviews.overview({ connectionId, maxAgeMs: 0 }, {})).data;

/** Everything that the page's table shows of a view, but for what pg_cron knows. */
const VIEWS_SQL = `
  SELECT n.nspname || '.' || c.relname AS name, c.relispopulated AS "isPopulated",
    (pg_relation_size(c.oid) + coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0))::float8 AS "sizeBytes", pg_indexes_size(c.oid)::float8 AS "indexBytes",
    CASE WHEN c.reltuples >= 0 THEN c.reltuples::float8 END AS "estimatedRows",
    (coalesce(seq_scan, 0) + coalesce(idx_scan, 0))::float8 AS scans
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
  WHERE c.relkind = 'm' ORDER BY 1`;

/** Relations around each matview by rules alone: kind, and the shortest way. */
const AROUND_SQL = (start: string, next: string) => `
  WITH RECURSIVE link AS (
    SELECT DISTINCT r.ev_class AS reader, d.refobjid AS read FROM pg_rewrite r JOIN pg_depend d
      ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    WHERE r.ev_class <> d.refobjid),
  way (root, oid, steps) AS (
    SELECT oid, oid, 0 FROM pg_class WHERE relkind = 'm'
    UNION SELECT root, ${next}, steps + 1 FROM way JOIN link ON ${start} = way.oid WHERE steps < 20)
  SELECT root::int, c.relname AS name,
    CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' END AS kind,
    min(steps)::int AS steps
  FROM way JOIN pg_class c ON c.oid = way.oid WHERE steps > 0 GROUP BY root, c.oid, c.relname, c.relkind ORDER BY root, steps, name`;

async function expectTruth(url: string, connectionId: string): Promise<void> {
  const truth = await query<{ name: string }>(url, VIEWS_SQL);
  const data = await read(connectionId);
  const shown = data.views
    .map(({ schema, name, isPopulated, sizeBytes, indexBytes, estimatedRows, scans }) => ({
      name: `${schema}.${name}`,
      isPopulated,
      sizeBytes,
      indexBytes,
      estimatedRows,
      scans,
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  expect(shown).toEqual(truth.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  for (const [side, sql] of [
    ['dependants', AROUND_SQL('link.read', 'link.reader')],
    ['reads', AROUND_SQL('link.reader', 'link.read')],
  ] as const) {
    const around = await query<{ root: number; name: string; kind: string; steps: number }>(url, sql);
    for (const view of data.views) {
      const detail = await engine.insight.matviews.detail({ connectionId, oid: view.oid }, {});
      const relations = detail[side].filter(({ kind }) => kind !== 'function');
      expect([view.name, relations.map(({ name, kind, steps }) => ({ name, kind, steps }))]).toEqual([
        view.name,
        around
          .filter(({ root }) => root === view.oid)
          .map(({ name, kind, steps }) => ({ name, kind, steps })),
      ]);
      if (side === 'dependants') expect(view.dependants).toBe(detail.dependants.length);
    }
  }
}

it('the demo: every figure of every view', async () => {
  const { url } = await demo.get();
  const connectionId = await open(url);
  await expectTruth(url, connectionId);
  expect((await read(connectionId)).views.length).toBeGreaterThan(0);
});

describe.each(MAJORS)('materialized views on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('says what is there, what can be refreshed while it is read, and what depends on it', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE t (id int, n int); INSERT INTO t SELECT g, g % 7 FROM generate_series(1, 5000) g;
       CREATE MATERIALIZED VIEW keyed AS SELECT id, n FROM t; CREATE UNIQUE INDEX keyed_id ON keyed (id);
       CREATE MATERIALIZED VIEW keyless AS SELECT n, count(*) FROM t GROUP BY n;
       CREATE MATERIALIZED VIEW part AS SELECT id FROM t; CREATE UNIQUE INDEX part_id ON part (id) WHERE id > 5;
       CREATE MATERIALIZED VIEW bare AS SELECT 1 AS one WITH NO DATA;
       CREATE VIEW above AS SELECT * FROM keyed; CREATE MATERIALIZED VIEW top AS SELECT * FROM above;
       ANALYZE; SELECT count(*) FROM keyed`,
    );
    const connectionId = await open(database.url);
    await expectTruth(database.url, connectionId);
    const data = await read(connectionId);
    const concurrent = Object.fromEntries(data.views.map((v) => [v.name, v.concurrent === 'yes']));
    for (const view of data.views) {
      const works = await database.query(`REFRESH MATERIALIZED VIEW CONCURRENTLY ${view.name}`).then(
        () => true,
        () => false,
      );
      expect([view.name, concurrent[view.name]]).toEqual([view.name, works]);
    }
    const oid = data.views.find((v) => v.name === 'keyed')?.oid ?? 0;
    const { definition } = await engine.insight.matviews.detail({ connectionId, oid }, {});
    expect(definition).toMatch(/FROM public\.t/);
    for (const view of data.views) {
      const { fixes } = await engine.insight.matviews.detail({ connectionId, oid: view.oid }, {});
      for (const fix of fixes) for (const sql of fix.sql) await database.query(sql);
    }
    expect((await read(connectionId)).views.every((v) => v.isPopulated)).toBe(true);
  });

  it('refreshed in the order that it gives, every view is up to date', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE t (n int); CREATE SCHEMA "Other";
       CREATE MATERIALIZED VIEW z_base AS SELECT n FROM t;
       CREATE VIEW between AS SELECT n FROM z_base;
       CREATE FUNCTION reads_it() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM between; END;
       CREATE FUNCTION text_body() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM z_base';
       CREATE MATERIALIZED VIEW "Other"."B" AS SELECT reads_it() AS count;
       CREATE MATERIALIZED VIEW a_top AS SELECT count FROM "Other"."B", between LIMIT 1;
       CREATE MATERIALIZED VIEW aside AS SELECT 1 AS count`,
    );
    const connectionId = await open(database.url);
    const { views } = await read(connectionId);
    expect(Object.fromEntries(views.map((v) => [v.name, [v.refreshLevel, v.dependants]]))).toEqual({
      z_base: [1, 4],
      B: [2, 1],
      a_top: [3, 0],
      aside: [1, 0],
    });
    const oid = views.find((v) => v.name === 'B')?.oid ?? 0;
    const base = views.find((v) => v.name === 'z_base')?.oid ?? 0;
    const detail = await engine.insight.matviews.detail({ connectionId, oid }, {});
    expect(detail.reads.map(({ kind, name, steps }) => [kind, name, steps])).toEqual([
      ['function', 'reads_it()', 1],
      ['view', 'between', 2],
      ['materialized view', 'z_base', 3],
      ['table', 't', 4],
    ]);
    const { dependants } = await engine.insight.matviews.detail({ connectionId, oid: base }, {});
    expect(dependants.map(({ kind, schema, name, steps }) => [kind, schema, name, steps])).toEqual([
      ['view', 'public', 'between', 1],
      ['materialized view', 'public', 'a_top', 2],
      ['function', 'public', 'reads_it()', 2],
      ['materialized view', 'Other', 'B', 3],
    ]);
    expect(detail.refreshOrder.map(({ label }) => label)).toEqual(['z_base', 'Other.B', 'a_top']);
    await database.query('INSERT INTO t VALUES (1), (2), (3)');
    for (const { sql } of detail.refreshOrder) await database.query(sql);
    expect(await database.query('SELECT count::int FROM a_top')).toEqual([{ count: 3 }]);
  });

  it('a view whose table is locked has no definition, and no error', async () => {
    const database = await createDatabase(
      await server.get(),
      'CREATE TABLE t (n int); CREATE MATERIALIZED VIEW v AS SELECT n FROM t',
    );
    const connectionId = await open(database.url);
    const oid = (await read(connectionId)).views[0]?.oid ?? 0;
    const [holder] = await Promise.all([
      query(database.url, 'BEGIN; LOCK TABLE t; SELECT pg_sleep(2)'),
      sleep(300)
        .then(() => engine.insight.matviews.detail({ connectionId, oid }, {}))
        .then((detail) => expect(detail).toMatchObject({ definition: null, refreshOrder: [{ label: 'v' }] })),
    ]);
    expect(holder).toHaveLength(1);
  });

  it('knows what should be there, and that nothing records refreshes', async () => {
    const database = await createDatabase(
      await server.get(),
      'CREATE MATERIALIZED VIEW here AS SELECT 1 AS one',
    );
    const connectionId = await open(database.url);
    expect(await read(connectionId)).toMatchObject({ missing: [], records: { by: 'nothing' } });
    const expected = ['public.here', ' gone ', 'other.gone', 'gone'];
    await engine.insight.matviews.setExpected({ connectionId, names: expected }, {});
    expect(await read(connectionId)).toMatchObject({
      expected: ['here', 'gone', 'other.gone'],
      missing: ['gone', 'other.gone'],
    });
    expect((await read(connectionId)).views[0]).toMatchObject({ isExpected: true, lastRefreshAt: null });
  });
});
