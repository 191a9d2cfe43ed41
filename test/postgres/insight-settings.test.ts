import { describe, expect, it } from 'vitest';
import { useEngine } from '../support/insight.ts';
import { createDatabase, query, useDemo, usePrivateServer, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();

describe.each([14, 18] as const)('settings on PostgreSQL %i', (major) => {
  const server = usePrivateServer({ major, settings: { random_page_cost: '4', work_mem: '4MB' } });

  it('every value, unit, origin and pending restart is as pg_settings says', async () => {
    const database = await createDatabase(await server.get());
    await database.query('ALTER SYSTEM SET max_connections = 57');
    await database.query('SELECT pg_reload_conf()');
    await expect
      .poll(() =>
        database.query("SELECT 1 FROM pg_settings WHERE name = 'max_connections' AND pending_restart"),
      )
      .toHaveLength(1);
    await database.query(`ALTER DATABASE ${database.name} SET work_mem = '7MB'`);
    const connectionId = await open(database.url);
    const { data } = await engine.insight.settings.overview({ connectionId, maxAgeMs: 0 }, {});
    const truth = await query<{
      name: string;
      shown: string;
      setting: string;
      boot: string;
      pending: boolean;
      context: string;
      category: string;
      line: number | null;
    }>(
      database.url,
      `SELECT name, current_setting(name) AS shown, setting, boot_val AS boot, pending_restart AS pending, context, category, sourceline AS line
       FROM pg_settings WHERE name NOT IN ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable') ORDER BY name`,
    );
    const byName = new Map(data.settings.map((row) => [row.name, row]));
    expect(data.settings).toHaveLength(truth.length);
    for (const t of truth) {
      const row = byName.get(t.name);
      expect([t.name, row?.isPending, row?.category]).toEqual([t.name, t.pending, t.category]);
      if (t.context === 'postmaster') expect([t.name, row?.takes]).toEqual([t.name, 'restart']);
      if (t.context === 'sighup') expect([t.name, row?.takes]).toEqual([t.name, 'reload']);
      // Settings of our own transaction hide where the server's value comes from; the page says so.
      if (t.line !== null && row?.source !== 'not shown to us' && row?.source !== 'default')
        expect(row?.source).toMatch(new RegExp(`:${t.line}$`));
    }
    // PostgreSQL writes sizes without a blank.
    for (const name of ['shared_buffers', 'maintenance_work_mem', 'wal_buffers', 'max_wal_size'])
      expect([name, byName.get(name)?.value.replace(' ', '')]).toEqual([
        name,
        truth.find((t) => t.name === name)?.shown,
      ]);
    expect(byName.get('random_page_cost')).toMatchObject({ value: '4', isChanged: false });
    expect(byName.get('max_connections')).toMatchObject({ isPending: true });
    expect(data.pendingRestart).toBe(truth.filter((t) => t.pending).length);
    expect(data.overrides).toContainEqual({
      role: null,
      database: database.name,
      name: 'work_mem',
      value: '7MB',
    });
    await database.query('ALTER SYSTEM RESET max_connections');
  });

  it('advises for the machine that it was told, and every advice takes effect', async () => {
    const database = await createDatabase(await server.get());
    const connectionId = await open(database.url);
    const advice = async () =>
      (await engine.insight.settings.overview({ connectionId, maxAgeMs: 0 }, {})).data;
    expect(await advice()).toMatchObject({ machine: null, advice: [] });
    const machine = { memoryGb: 16, cpus: 8, disk: 'ssd', workload: 'web' } as const;
    await engine.insight.settings.setMachine({ connectionId, machine }, {});
    const { advice: before, machine: remembered } = await advice();
    expect(remembered).toEqual(machine);
    expect(before.find((a) => a.name === 'shared_buffers')?.advised).toBe('4GB');
    expect(before.find((a) => a.name === 'random_page_cost')?.advised).toBe('1.1');
    for (const one of before) for (const sql of one.fix.sql) await database.query(sql);
    await (await server.get()).restart();
    const again = await open(database.url);
    const after = await engine.insight.settings.overview({ connectionId: again, maxAgeMs: 0 }, {});
    expect(after.data.advice.map((a) => a.name)).toEqual([]);
    for (const one of before) for (const sql of one.fix.undo) await database.query(sql);
    await (await server.get()).restart();
    const back = await open(database.url);
    const undone = await engine.insight.settings.overview({ connectionId: back, maxAgeMs: 0 }, {});
    expect(undone.data.advice.map((a) => a.name)).toEqual(before.map((a) => a.name));
  });
});

describe('two connections', () => {
  const other = useServer(17);

  it('differ by exactly what SQL says', async () => {
    const database = await createDatabase(await other.get(), '');
    const twin = await createDatabase(await other.get(), '');
    await twin.query(`ALTER DATABASE ${twin.name} SET random_page_cost = 1.7`);
    const [here, there, same] = [await open(database.url), await open(twin.url), await open(database.url)];
    const diff = await engine.insight.settings.diff({ connectionId: here, otherConnectionId: there }, {});
    expect(diff.rows).toEqual([{ name: 'random_page_cost', here: '4', there: '1.7' }]);
    expect(
      (await engine.insight.settings.diff({ connectionId: here, otherConnectionId: same }, {})).rows,
    ).toEqual([]);
    const old = await open((await demo.get()).url);
    const versions = await engine.insight.settings.diff({ connectionId: here, otherConnectionId: old }, {});
    expect(versions.rows).toContainEqual(expect.objectContaining({ name: 'summarize_wal', there: null }));
  });
});
