import { describe, expect, it } from 'vitest';
import { rowNamed, useEngine } from '../support/insight.ts';
import { createDatabase, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();

describe.each([14, 18] as const)('materialized views on PostgreSQL %i', (major) => {
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
       ANALYZE`,
    );
    const connectionId = await open(database.url);
    const read = async () => (await engine.insight.matviews.overview({ connectionId, maxAgeMs: 0 }, {})).data;
    const data = await read();
    const truth = await database.query<{
      name: string;
      populated: boolean;
      size: string;
      indexes: string;
      rows: number;
    }>(
      `SELECT matviewname AS name, ispopulated AS populated, pg_relation_size(matviewname::regclass) AS size,
         pg_indexes_size(matviewname::regclass) AS indexes, reltuples AS rows
       FROM pg_matviews JOIN pg_class ON oid = matviewname::regclass ORDER BY 1`,
    );
    expect(data.views.map((v) => v.name).sort()).toEqual(truth.map((t) => t.name).sort());
    for (const t of truth)
      expect(rowNamed({ total: 0, of: 0, offset: 0, rows: data.views }, t.name)).toMatchObject({
        isPopulated: t.populated,
        sizeBytes: Number(t.size),
        indexBytes: Number(t.indexes),
        rows: t.rows < 0 ? null : t.rows,
      });
    const concurrent = Object.fromEntries(data.views.map((v) => [v.name, v.concurrent === 'yes']));
    for (const view of data.views) {
      const works = await database.query(`REFRESH MATERIALIZED VIEW CONCURRENTLY ${view.name}`).then(
        () => true,
        () => false,
      );
      expect([view.name, concurrent[view.name]]).toEqual([view.name, works]);
    }
    const oid = data.views.find((v) => v.name === 'keyed')?.oid ?? 0;
    const detail = await engine.insight.matviews.detail({ connectionId, oid }, {});
    expect(detail.dependants).toEqual(['above', 'top']);
    expect(detail.reads).toEqual(['t']);
    expect(detail.definition).toMatch(/FROM public\.t/);
    for (const view of data.views) {
      const { fixes } = await engine.insight.matviews.detail({ connectionId, oid: view.oid }, {});
      for (const fix of fixes) for (const sql of fix.sql) await database.query(sql);
    }
    expect((await read()).views.every((v) => v.isPopulated)).toBe(true);
  });

  it('knows what should be there, and the time of a refresh by pg_cron', async () => {
    const database = await createDatabase(
      await server.get(),
      'CREATE MATERIALIZED VIEW here AS SELECT 1 AS one; CREATE SCHEMA cron',
    );
    const connectionId = await open(database.url);
    const read = async (id = connectionId) =>
      (await engine.insight.matviews.overview({ connectionId: id, maxAgeMs: 0 }, {})).data;
    expect(await read()).toMatchObject({ missing: [], recordedBy: null });
    await engine.insight.matviews.setExpected(
      { connectionId, names: ['public.here', 'gone', 'other.gone'] },
      {},
    );
    expect(await read()).toMatchObject({ missing: ['gone', 'other.gone'] });
    expect((await read()).views[0]?.isExpected).toBe(true);
  });
});
