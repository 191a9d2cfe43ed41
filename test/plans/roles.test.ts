import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { usePlans } from '../support/plans.ts';
import { stateOf } from '../support/catalog-state.ts';
import { differingLines } from '../support/fixes.ts';
import { createDatabase, query, type TestDatabase, urlOf, usePrivateServer } from '../support/postgres.ts';

const LISTS = ['"$user", public', '"Mixed Case", "a,b"', '""', 'pg_catalog'];

describe.each([14, 15, 16, 17, 18] as const)('settings of roles on %i', (major) => {
  const server = usePrivateServer({ major });
  const bench = usePlans();
  let database: TestDatabase;
  let admin: pg.Client;
  let connection: string;

  beforeAll(async () => {
    database = await createDatabase(
      await server.get(),
      `CREATE ROLE app LOGIN PASSWORD 'app'; CREATE ROLE chief LOGIN CREATEROLE PASSWORD 'chief';
       ALTER ROLE app SET work_mem = '8MB'; ALTER ROLE app SET "app.tenant" = 'it''s\\one';`,
    );
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    connection = await bench.open(database.url);
  });
  afterAll(async () => {
    await admin?.end();
    await database?.drop();
  });

  const set = (name: string, value: string | null, role = 'app') =>
    ({ verb: 'role-setting', role, name, value }) as const;
  const shown = async (name: string): Promise<unknown> => {
    const [row] = await query(
      urlOf(await server.get(), database.name, { user: 'app', password: 'app' }),
      'SELECT current_setting($1, true) AS value',
      [name],
    );
    return row?.['value'];
  };

  it('are set, replaced and reset, and come back exactly', async () => {
    for (const [name, value, effect] of [
      ['work_mem', '16MB', '16MB'],
      ['statement_timeout', '30s', '30s'],
      ['Work_Mem', null, '4MB'],
      ['app.tenant', null, null],
      ['DateStyle', 'SQL, DMY', 'SQL, DMY'],
      ['app.other', '"quoted", list', '"quoted", list'],
    ] as const) {
      const before = await stateOf(database.url, admin);
      const job = await bench.act(connection, set(name, value));
      expect(job, name).toMatchObject({ outcome: 'done', noUndo: null });
      expect(await shown(name)).toBe(effect);
      expect(job.actions[0]?.measures[0]?.after).toBe(value);
      expect((await bench.undo(connection, job.id)).outcome).toBe('done');
      expect(differingLines(before, await stateOf(database.url, admin))).toEqual([]);
    }
  });

  it('keep lists of names as lists, also in the undo', async () => {
    for (const value of LISTS) {
      const before = await stateOf(database.url, admin);
      const job = await bench.act(connection, set('search_path', value));
      expect(job.outcome).toBe('done');
      expect(await shown('search_path')).toBe(value);
      const second = await bench.act(connection, set('search_path', 'other'));
      expect(await shown('search_path')).toBe('other');
      await bench.undo(connection, second.id);
      expect(await shown('search_path')).toBe(value);
      await bench.undo(connection, job.id);
      expect(differingLines(before, await stateOf(database.url, admin))).toEqual([]);
    }
  });

  it('are refused where they cannot be', async () => {
    for (const action of [
      set('max_connections', '5'),
      set('no_such_setting', '5'),
      set('search_path', '"open'),
      set('lock_timeout', null),
    ])
      await expect(bench.preview(connection, { kind: 'action', action })).rejects.toMatchObject({
        code: 'PLAN_REFUSED',
      });
    await expect(
      bench.preview(connection, { kind: 'action', action: set('work_mem', '1MB', 'nobody') }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const chief = await bench.open(
      urlOf(await server.get(), database.name, { user: 'chief', password: 'chief' }),
    );
    const stops = async (role: string) =>
      (await bench.preview(chief, { kind: 'action', action: set('work_mem', '1MB', role) })).preflight.filter(
        ({ verdict }) => verdict === 'stop',
      ).length;
    expect(await stops('chief')).toBe(0);
    expect(await stops('app')).toBe(major >= 16 ? 1 : 0);
    expect(await stops('postgres')).toBe(1);
    expect((await bench.act(connection, set('work_mem', 'much'))).actions[0]).toMatchObject({
      outcome: 'failed',
      error: { sqlState: '22023' },
    });
  });
});
