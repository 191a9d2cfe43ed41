import { describe, expect, it } from 'vitest';
import { ALL, rowNamed, useEngine } from '../support/insight.ts';
import { createDatabase, query, useDemo, usePrivateServer, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();

describe('tables & vacuum of the demo', () => {
  it('shows the dead rows, shares and triggers that SQL gives', async () => {
    const { url } = await demo.get();
    const connectionId = await open(url);
    const { data } = await engine.insight.vacuum.overview({ connectionId, maxAgeMs: 0 }, {});
    const truth = await query<{ name: string; live: string; dead: string; trigger: string; own: boolean }>(
      url,
      `SELECT s.relname AS name, n_live_tup AS live, n_dead_tup AS dead,
         coalesce((SELECT option_value FROM pg_options_to_table(c.reloptions) WHERE option_name = 'autovacuum_vacuum_threshold')::float8,
                  current_setting('autovacuum_vacuum_threshold')::float8)
         + coalesce((SELECT option_value FROM pg_options_to_table(c.reloptions) WHERE option_name = 'autovacuum_vacuum_scale_factor')::float8,
                    current_setting('autovacuum_vacuum_scale_factor')::float8) * greatest(c.reltuples, 0) AS trigger,
         c.reloptions IS NOT NULL AS own
       FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid ORDER BY 1`,
    );
    const list = await engine.insight.vacuum.list({ connectionId, level: 'any', ...ALL }, {});
    expect(list.total).toBe(truth.length);
    for (const expected of truth) {
      const row = rowNamed(list, expected.name);
      expect([row.name, row.liveRows, row.deadRows]).toEqual([
        row.name,
        Number(expected.live),
        Number(expected.dead),
      ]);
      expect(row.triggerRows).toBe(Math.round(Number(expected.trigger)));
      const all = row.liveRows + row.deadRows;
      expect(row.deadPercent).toBeCloseTo(all === 0 ? 0 : (row.deadRows / all) * 100, 10);
    }
    // The owner's own audit: channels 60 %, critical, never vacuumed; posts 6.67 %, moderate.
    expect(rowNamed(list, 'channels')).toMatchObject({
      deadPercent: 60,
      level: 'critical',
      lastVacuumAt: null,
    });
    expect(rowNamed(list, 'posts').deadPercent).toBeCloseTo(6.67, 2);
    expect(rowNamed(list, 'posts').level).toBe('moderate');
    expect(data.figures.deadRows).toBe(truth.reduce((sum, t) => sum + Number(t.dead), 0));
    expect(data.figures.liveRows).toBe(truth.reduce((sum, t) => sum + Number(t.live), 0));
    const critical = await engine.insight.vacuum.list({ connectionId, level: 'critical', ...ALL }, {});
    expect(critical.rows.map((r) => r.name)).toEqual(['channels']);
    const ages = await query<{ name: string; xid: number; mxid: number }>(
      url,
      'SELECT datname AS name, age(datfrozenxid) AS xid, mxid_age(datminmxid) AS mxid FROM pg_database',
    );
    for (const age of ages) {
      const row = data.databases.find((d) => d.name === age.name);
      expect([row?.xidAge, row?.mxidAge]).toEqual([Number(age.xid), Number(age.mxid)]);
    }
    expect(data.overrides.map((o) => o.table).sort()).toEqual(
      truth
        .filter((t) => t.own)
        .map((t) => t.name)
        .sort(),
    );
  });
});

describe.each([14, 16, 18] as const)('on PostgreSQL %i', (major) => {
  const server = usePrivateServer({
    major,
    settings: {
      autovacuum_naptime: '1s',
      autovacuum_vacuum_threshold: '50',
      autovacuum_vacuum_scale_factor: '0.1',
      autovacuum_vacuum_insert_threshold: '-1',
      // Another row count would move the trigger.
      autovacuum_analyze_threshold: '1000000',
      ...(major >= 18 ? { autovacuum_vacuum_max_threshold: '300' } : {}),
    },
  });

  it('the trigger is where autovacuum really starts', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE small (id int) WITH (autovacuum_enabled = off); CREATE TABLE large (id int) WITH (autovacuum_enabled = off);
       INSERT INTO small SELECT generate_series(1, 1000); INSERT INTO large SELECT generate_series(1, 10000); ANALYZE small, large`,
    );
    const connectionId = await open(database.url);
    const read = async () => {
      await engine.insight.vacuum.overview({ connectionId, maxAgeMs: 0 }, {});
      return engine.insight.vacuum.list({ connectionId, level: 'any', ...ALL }, {});
    };
    const before = await read();
    // 50 + 0.1 × 1,000; 50 + 0.1 × 10,000, on 18 capped at 300.
    expect(rowNamed(before, 'small')).toMatchObject({ triggerRows: 150, next: 'off for this table' });
    expect(rowNamed(before, 'large').triggerRows).toBe(major >= 18 ? 300 : 1050);
    const dead = rowNamed(before, 'large').triggerRows;
    await database.query(
      'ALTER TABLE small SET (autovacuum_enabled = on); ALTER TABLE large SET (autovacuum_enabled = on)',
    );
    await database.query(`DELETE FROM small WHERE id <= 150; DELETE FROM large WHERE id <= ${dead + 1}`);
    const vacuumed = async (table: string): Promise<number> =>
      Number(
        (
          await database.query<{ n: string }>(
            `SELECT autovacuum_count AS n FROM pg_stat_user_tables WHERE relname = '${table}'`,
          )
        )[0]?.n,
      );
    await expect.poll(() => vacuumed('large'), { timeout: 20_000 }).toBeGreaterThan(0);
    // Exactly at the trigger is not above it.
    expect(await vacuumed('small')).toBe(0);
    expect(rowNamed(await read(), 'small')).toMatchObject({ deadRows: 150, next: 'after 1 more dead rows' });
  });
});

describe.each([14, 18] as const)('bloat on PostgreSQL %i', (major) => {
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
