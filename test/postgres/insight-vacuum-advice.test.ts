import { describe, expect, it } from 'vitest';
import { useEngine } from '../support/insight.ts';
import { createDatabase, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();

describe.each([15, 18] as const)('advice on HOT updates on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('leaves room where updates found none, and comes back to nothing when undone', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE crowded (id int PRIMARY KEY, n int) WITH (autovacuum_enabled = off);
       CREATE TABLE indexed (id int PRIMARY KEY, n int) WITH (autovacuum_enabled = off);
       CREATE TABLE seldom (id int PRIMARY KEY, n int) WITH (autovacuum_enabled = off);
       CREATE INDEX ON indexed (n);
       INSERT INTO crowded SELECT g, 0 FROM generate_series(1, 12000) g;
       INSERT INTO indexed SELECT g, 0 FROM generate_series(1, 36000) g;
       INSERT INTO seldom SELECT g, 0 FROM generate_series(1, 12000) g;
       DELETE FROM indexed WHERE id % 3 <> 0`,
    );
    await database.query('VACUUM indexed');
    await database.query('UPDATE crowded SET n = 1');
    // Two thirds of each page are free: it is the index on n that keeps these from being HOT.
    await database.query('UPDATE indexed SET n = 1');
    await database.query('UPDATE seldom SET n = 1 WHERE id <= 100');
    const truth = async () =>
      database.query<{ name: string; updated: number; hot: number }>(
        `SELECT relname AS name, n_tup_upd::int AS updated, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables ORDER BY 1`,
      );
    await expect
      .poll(async () => (await truth()).map((t) => t.updated), { timeout: 20_000 })
      .toEqual([12_000, 12_000, 100]);
    for (const t of (await truth()).filter(({ name }) => name !== 'seldom'))
      expect(t.hot / t.updated).toBeLessThan(0.5);

    const connectionId = await open(database.url);
    const read = async () =>
      (await engine.insight.vacuum.overview({ connectionId, maxAgeMs: 0 }, {})).data.advice;
    const advice = await read();
    const about = (table: string) => advice.find((a) => a.title.endsWith(`on the pages of ${table}`));
    expect(about('crowded')?.reason).toContain('of its 12\u202f000 updates were HOT');
    // From 16 on the server tells no room from an indexed column.
    expect(about('indexed') === undefined).toBe(major >= 16);
    expect(about('seldom')).toBeUndefined();

    const [table] = await database.query(`SELECT 'crowded'::regclass::oid::int AS oid`);
    const oid = Number(table?.['oid']);
    expect(about('crowded')?.request).toEqual({
      verb: 'table-options',
      table: oid,
      options: { fillfactor: '90' },
    });
    const detail = await engine.insight.vacuum.detail({ connectionId, oid }, {});
    expect(detail.parameters[0]).toEqual({ name: 'fillfactor', own: null, advised: '90' });
    expect(detail.parameters.some(({ name }) => name === 'autovacuum_vacuum_max_threshold')).toBe(
      major >= 18,
    );
    expect(detail.fixes.at(-1)?.request).toEqual(about('crowded')?.request);

    const { sql = [], undo = [] } = about('crowded')?.fix ?? {};
    for (const statement of sql) await database.query(statement);
    expect((await read()).map((a) => a.title)).not.toContain(about('crowded')?.title);
    for (const statement of undo) await database.query(statement);
    expect((await read()).map((a) => a.title)).toContain(about('crowded')?.title);
  });
});
