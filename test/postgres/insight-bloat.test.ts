import { describe, expect, it } from 'vitest';
import { ALL, rowNamed, useEngine } from '../support/insight.ts';
import { createDatabase, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();

describe.each([14, 15, 16, 17, 18] as const)('bloat on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('is within ten points of pgstattuple wherever the confidence is high', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE EXTENSION pgstattuple;
       CREATE TABLE fixed (id int PRIMARY KEY, a bigint, b timestamptz) WITH (autovacuum_enabled = off);
       CREATE TABLE texts (id int PRIMARY KEY, t text, n int) WITH (autovacuum_enabled = off, fillfactor = 80);
       CREATE TABLE holes (id int PRIMARY KEY, t text) WITH (autovacuum_enabled = off);
       INSERT INTO fixed SELECT g, g, now() FROM generate_series(1, 300000) g;
       INSERT INTO texts SELECT g, repeat('x', 20 + g % 60), nullif(g % 3, 0) FROM generate_series(1, 200000) g;
       INSERT INTO holes SELECT g, repeat('y', 40) FROM generate_series(1, 400000) g;
       DELETE FROM holes WHERE id % 4 <> 0`,
    );
    for (const table of ['fixed', 'texts', 'holes']) await database.query(`VACUUM ANALYZE ${table}`);
    await database.query('UPDATE fixed SET a = a + 1 WHERE id % 20 = 0');
    // Up to PostgreSQL 14 a collector counts, half a second later, more when busy.
    const counted =
      'SELECT count(*)::int AS n FROM pg_stat_user_tables WHERE last_analyze IS NOT NULL AND n_live_tup > 0';
    const tablesCounted = async () => (await database.query<{ n: number }>(counted))[0]?.n;
    await expect.poll(tablesCounted, { timeout: 20_000 }).toBe(3);
    const connectionId = await open(database.url);
    const { data } = await engine.insight.vacuum.overview({ connectionId }, {});
    expect(data.pgstattuple).toEqual({ state: 'ready' });
    const bloat = await engine.insight.vacuum.bloat({ connectionId, ...ALL }, {});
    const sure = bloat.rows.filter((row) => row.confidence === 'high');
    expect(
      sure
        .filter((row) => row.kind === 'table')
        .map((row) => row.name)
        .sort(),
    ).toEqual(['fixed', 'holes', 'texts']);
    for (const row of sure) {
      const measured = await engine.insight.vacuum.measure(
        { connectionId, oid: row.oid, confirmed: true },
        {},
      );
      // The parts make the whole, and the share is of the size.
      expect((row.deadBytes ?? 0) + (row.freeBytes ?? 0)).toBe(row.wastedBytes);
      expect(row.wastedPercent).toBeCloseTo(((row.wastedBytes ?? 0) / row.sizeBytes) * 100, 0);
      const [size] = await database.query<{ bytes: string }>('SELECT pg_relation_size($1::oid) AS bytes', [
        row.oid,
      ]);
      expect(row.sizeBytes).toBe(Number(size?.bytes));
      // Room that the fill factor keeps free is free space to pgstattuple and no waste to us.
      const reserve = row.kind === 'table' ? ((row.reserveBytes ?? 0) / row.sizeBytes) * 100 : 0;
      expect([row.name, Math.abs((row.wastedPercent ?? 0) + reserve - measured.wastedPercent) <= 10]).toEqual(
        [row.name, true],
      );
    }
    const [exact] = await database.query<{ free: string; dead: string; len: string }>(
      "SELECT free_space AS free, dead_tuple_len AS dead, table_len AS len FROM pgstattuple('holes')",
    );
    const holes = await engine.insight.vacuum.measure(
      { connectionId, oid: rowNamed(bloat, 'holes').oid, confirmed: true },
      {},
    );
    expect(holes.sizeBytes).toBe(Number(exact?.len));
    expect(Math.abs(holes.freeBytes - Number(exact?.free)) / Number(exact?.len)).toBeLessThan(0.02);
  });
});
