import { describe, expect, it } from 'vitest';
import { holdSessions } from '../support/held-sessions.ts';
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
      expect(row.triggerRows).toBe(Math.floor(Number(expected.trigger)));
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
    expect(rowNamed(before, 'small')).toMatchObject({
      triggerRows: 150,
      next: { state: 'off for this table' },
    });
    expect(rowNamed(before, 'large').triggerRows).toBe(major >= 18 ? 300 : 1050);
    const dead = rowNamed(before, 'large').triggerRows ?? 0;
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
    expect(rowNamed(await read(), 'small')).toMatchObject({
      deadRows: 150,
      next: { state: 'waiting', of: 'dead rows', rows: 1, inMs: null },
    });
  });
});

describe.each([14, 15, 16, 17, 18] as const)('every figure on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('is what the catalog and the statistics say', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE SCHEMA shop;
       CREATE TABLE shop.events (at int, t text) PARTITION BY RANGE (at);
       CREATE TABLE shop.events_1 PARTITION OF shop.events FOR VALUES FROM (0) TO (5000);
       CREATE TABLE shop.events_2 PARTITION OF shop.events FOR VALUES FROM (5000) TO (20000)
         WITH (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_freeze_max_age = 150000000);
       CREATE TABLE never (id int);
       CREATE TABLE off (id int) WITH (autovacuum_enabled = off);
       CREATE TABLE updated (id int PRIMARY KEY, n int) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 7);
       CREATE MATERIALIZED VIEW seen AS SELECT 1 AS one;
       INSERT INTO shop.events SELECT g % 10000, 'x' FROM generate_series(1, 10000) g;
       INSERT INTO never SELECT generate_series(1, 10); INSERT INTO off SELECT generate_series(1, 10);
       INSERT INTO updated SELECT g, 0 FROM generate_series(1, 1000) g`,
    );
    await database.query('VACUUM (FREEZE, ANALYZE) shop.events_1');
    await database.query('VACUUM (FREEZE, ANALYZE) shop.events_2');
    await database.query('ANALYZE updated');
    await database.query(
      `INSERT INTO shop.events SELECT 9000, 'y' FROM generate_series(1, 3000);
       UPDATE updated SET n = n + 1 WHERE id <= 300; DELETE FROM updated WHERE id > 900; DELETE FROM off WHERE id > 4`,
    );
    const truthSql = `
      SELECT s.relid::int AS oid, s.relname AS name, n_live_tup::int AS live, n_dead_tup::int AS dead,
        n_ins_since_vacuum::int AS inserted, n_mod_since_analyze::int AS modified,
        vacuum_count::int AS vacuum, autovacuum_count::int AS autovacuum, analyze_count::int AS analyze, autoanalyze_count::int AS autoanalyze,
        n_tup_upd::int AS updated, n_tup_hot_upd::int AS hot, greatest(last_vacuum, last_autovacuum)::text AS vacuumed,
        greatest(last_analyze, last_autoanalyze)::text AS analyzed, pg_relation_size(c.oid)::int AS size,
        (SELECT p.inhparent::regclass::text FROM pg_inherits p WHERE p.inhrelid = c.oid) AS parent,
        floor(o.base + o.factor * greatest(c.reltuples, 0))::int AS trigger,
        floor(o.insbase + o.insfactor * greatest(c.reltuples, 0) * ${
          major >= 18
            ? '(1 - CASE WHEN c.relpages > 0 THEN c.relallfrozen::float8 / c.relpages ELSE 0 END)'
            : '1'
        })::int AS instrigger,
        floor(current_setting('autovacuum_analyze_threshold')::float8
          + current_setting('autovacuum_analyze_scale_factor')::float8 * greatest(c.reltuples, 0))::int AS antrigger
      FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid,
        LATERAL (SELECT
          coalesce((SELECT option_value FROM pg_options_to_table(c.reloptions) WHERE option_name = 'autovacuum_vacuum_threshold')::float8, current_setting('autovacuum_vacuum_threshold')::float8) AS base,
          current_setting('autovacuum_vacuum_scale_factor')::float8 AS factor,
          current_setting('autovacuum_vacuum_insert_threshold')::float8 AS insbase,
          coalesce((SELECT option_value FROM pg_options_to_table(c.reloptions) WHERE option_name = 'autovacuum_vacuum_insert_scale_factor')::float8, current_setting('autovacuum_vacuum_insert_scale_factor')::float8) AS insfactor) o
      WHERE c.relkind IN ('r', 'm') ORDER BY c.oid`;
    interface Truth {
      readonly [figure: string]: number | string | null;
      readonly oid: number;
      readonly name: string;
      readonly live: number;
      readonly dead: number;
      readonly trigger: number;
      readonly instrigger: number;
      readonly inserted: number;
      readonly updated: number;
      readonly hot: number;
    }
    const truth = () => database.query<Truth & object>(truthSql);
    // Up to PostgreSQL 14 a collector counts, half a second later, more when busy.
    await expect
      .poll(async () => (await truth()).map((t) => [t.name, t.dead, t.inserted]), { timeout: 20_000 })
      .toEqual([
        ['events_1', 0, 0],
        ['events_2', 0, 3000],
        ['never', 0, 10],
        ['off', 6, 10],
        ['updated', 400, 1000],
        ['seen', 0, 1],
      ]);
    const connectionId = await open(database.url);
    const { data } = await engine.insight.vacuum.overview({ connectionId, maxAgeMs: 0 }, {});
    const list = await engine.insight.vacuum.list({ connectionId, level: 'any', ...ALL }, {});
    const tables = await truth();
    const iso = (at: string | number | null | undefined): string | null =>
      at === null || at === undefined ? null : new Date(at).toISOString();
    for (const t of tables) {
      const row = rowNamed(list, t.name);
      const isOff = t.name === 'off';
      const isDue = t.dead > t.trigger ? 'dead rows' : t.inserted > t.instrigger ? 'inserts' : null;
      expect({
        ...row,
        lastVacuumAt: iso(row.lastVacuumAt),
        lastAnalyzeAt: iso(row.lastAnalyzeAt),
      }).toMatchObject({
        oid: t.oid,
        liveRows: t.live,
        deadRows: t.dead,
        deadPercent: t.live + t.dead === 0 ? 0 : (t.dead / (t.live + t.dead)) * 100,
        triggerRows: t.trigger,
        ofTriggerPercent: (t.dead / Math.max(1, t.trigger)) * 100,
        sizeBytes: t['size'],
        hotPercent: t.updated === 0 ? null : (t.hot / t.updated) * 100,
        parent: t['parent'],
        lastVacuumAt: iso(t['vacuumed']),
        lastVacuumBy: t['vacuumed'] === null ? null : 'VACUUM',
        lastAnalyzeAt: iso(t['analyzed']),
        next: isOff
          ? { state: 'off for this table' }
          : isDue
            ? { state: 'due', because: isDue }
            : { state: 'waiting', of: 'dead rows', rows: t.trigger - t.dead + 1, inMs: null },
      });
      const detail = await engine.insight.vacuum.detail({ connectionId, oid: t.oid }, {});
      expect(detail).toMatchObject({
        deadRows: t.dead,
        triggerRows: t.trigger,
        insertedRows: t.inserted,
        insertTriggerRows: t.instrigger,
        modifiedRows: t['modified'],
        analyzeTriggerRows: t['antrigger'],
        isEnabled: !isOff,
        updated: t.updated,
        hotPercent: t.updated === 0 ? null : (t.hot / t.updated) * 100,
        pace: null,
        counts: {
          vacuum: t['vacuum'],
          autovacuum: t['autovacuum'],
          analyze: t['analyze'],
          autoanalyze: t['autoanalyze'],
        },
      });
    }
    // 18 alone knows that both partitions are frozen: 3,000 inserts are then above 1,000 + next to nothing.
    expect(rowNamed(list, 'events_2').next).toEqual({ state: 'due', because: 'inserts' });
    expect(tables.find((t) => t.name === 'events_1')?.instrigger).toBe(major >= 18 ? 1000 : 2000);
    expect(rowNamed(list, 'updated').level).toBe('high');
    const partitions = await engine.insight.vacuum.list(
      { connectionId, level: 'any', ...ALL, filter: 'shop.events' },
      {},
    );
    expect(partitions.rows.map((row) => row.name)).toEqual(['events_1', 'events_2']);
    const off = await engine.insight.vacuum.list({ connectionId, level: 'off', ...ALL }, {});
    expect(off.rows.map((row) => row.name)).toEqual(['off']);
    const due = await engine.insight.vacuum.list({ connectionId, level: 'due', ...ALL }, {});
    expect(due.rows.map((row) => row.name)).toEqual(['events_2', 'updated']);

    const [ages] = await database.query<{ share: number; workers: number }>(
      `SELECT age(datfrozenxid)::float8 / 2147483648 AS share, current_setting('autovacuum_max_workers')::int AS workers
       FROM pg_database WHERE datname = current_database()`,
    );
    const sum = (of: (t: Truth) => number): number => tables.reduce((total, t) => total + of(t), 0);
    expect(data.figures).toMatchObject({
      tables: tables.length,
      liveRows: sum((t) => t.live),
      deadRows: sum((t) => t.dead),
      byLevel: { none: 4, moderate: 0, high: 1, critical: 1 },
      overTrigger: 2,
      switchedOff: 1,
      workers: 0,
      workersMax: ages?.workers,
    });
    expect(data.figures.freezeShare).toBeCloseTo(ages?.share ?? -1, 6);
    expect(data.overrides.map((o) => `${o.table}: ${o.options}`).sort()).toEqual([
      'off: autovacuum_enabled = off',
      'shop.events_2: autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_freeze_max_age = 150000000',
      'updated: autovacuum_vacuum_threshold = 7',
    ]);
    const settings = await database.query<{ name: string; value: string; changed: boolean; source: string }>(
      `SELECT name, regexp_replace(regexp_replace(current_setting(name), '^(\\d+)([a-zA-Z]+)$', '\\1 \\2'), ' d$', ' day') AS value, setting IS DISTINCT FROM boot_val AS changed,
         coalesce(regexp_replace(sourcefile, '.*/', '') || ':' || sourceline, source) AS source
       FROM pg_settings
       WHERE name LIKE 'autovacuum%' OR name LIKE 'vacuum\\_%' OR name LIKE 'log\\_autovacuum%' OR name IN ('maintenance_work_mem', 'track_counts')
       ORDER BY name`,
    );
    expect(
      data.settings
        .map(({ name, value, isChanged, source }) => ({ name, value, changed: isChanged, source }))
        .sort((a, b) => a.name.localeCompare(b.name)),
    ).toEqual(settings.toSorted((a, b) => a.name.localeCompare(b.name)));
  });

  it('names who holds the horizon, as far back as the server says', async () => {
    const database = await createDatabase(await server.get(), 'CREATE TABLE t (id int)');
    const holder = await holdSessions(database.url, [
      ['BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT count(*) FROM t'],
    ]);
    try {
      for (let i = 0; i < 5; i += 1) await database.query('INSERT INTO t VALUES (1)');
      const connectionId = await open(database.url);
      const { data } = await engine.insight.vacuum.overview({ connectionId, maxAgeMs: 0 }, {});
      const [truth] = await database.query<{ age: number; pid: number }>(
        `SELECT pid, age(backend_xmin)::int AS age FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'fixture-1'`,
      );
      const found = data.holders.find((h) => h.database === database.name);
      expect(found?.label).toContain(String(truth?.pid));
      expect(truth?.age).toBeGreaterThanOrEqual(5);
      // Other test files may use transaction ids of this server in between.
      expect(Math.abs((found?.ageXids ?? 0) - (truth?.age ?? -99))).toBeLessThan(20);
    } finally {
      await holder.release();
    }
  });
});

describe.each([17, 18] as const)('inserts on PostgreSQL %i', (major) => {
  const server = usePrivateServer({
    major,
    settings: { autovacuum_naptime: '1s', autovacuum_analyze_threshold: '1000000' },
  });

  it('start a vacuum where the page says: 18 counts only what is not frozen', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE frozen (id int) WITH (autovacuum_enabled = off);
       INSERT INTO frozen SELECT generate_series(1, 10000)`,
    );
    // A worker of autovacuum that looks at this database meanwhile keeps the newest rows from being frozen.
    const freeze = async () => {
      await database.query('VACUUM (FREEZE) frozen');
      const pages = `SELECT relpages::int AS pages, ${major >= 18 ? 'relallfrozen' : 'relallvisible'}::int AS frozen FROM pg_class WHERE relname = 'frozen'`;
      const [row] = await database.query<{ pages: number; frozen: number }>(pages);
      return (row?.pages ?? 0) > 0 && row?.pages === row?.frozen;
    };
    await expect.poll(freeze, { timeout: 20_000 }).toBe(true);
    const connectionId = await open(database.url);
    const rows = async () => {
      await engine.insight.vacuum.overview({ connectionId, maxAgeMs: 0 }, {});
      return engine.insight.vacuum.list({ connectionId, level: 'any', ...ALL }, {});
    };
    const { oid } = rowNamed(await rows(), 'frozen');
    const starts = (await engine.insight.vacuum.detail({ connectionId, oid }, {})).insertTriggerRows;
    expect(starts).toBe(major >= 18 ? 1000 : 3000);
    await database.query('ALTER TABLE frozen SET (autovacuum_enabled = on)');
    await database.query(`INSERT INTO frozen SELECT generate_series(1, ${starts})`);
    const vacuums = async (): Promise<number> =>
      Number(
        (
          await database.query<{ n: string }>(
            "SELECT autovacuum_count AS n FROM pg_stat_user_tables WHERE relname = 'frozen'",
          )
        )[0]?.n,
      );
    // Several turns of autovacuum: exactly at the trigger is not above it.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(await vacuums()).toBe(0);
    expect(rowNamed(await rows(), 'frozen').next).toMatchObject({ state: 'waiting' });
    await database.query('INSERT INTO frozen VALUES (1)');
    await expect.poll(vacuums, { timeout: 20_000 }).toBe(1);
  });
});
