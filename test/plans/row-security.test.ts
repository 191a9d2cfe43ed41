import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { ActionRequest } from '#shared/model/plan-request.ts';
import { usePlans } from '../support/plans.ts';
import { stateOf } from '../support/catalog-state.ts';
import { differingLines } from '../support/fixes.ts';
import { createDatabase, query, type TestDatabase, urlOf, usePrivateServer } from '../support/postgres.ts';

describe.each([14, 15, 18] as const)('rows and their records on %i', (major) => {
  const server = usePrivateServer({ major });
  const bench = usePlans();
  let database: TestDatabase;
  let admin: pg.Client;
  let connection: string;

  beforeAll(async () => {
    database = await createDatabase(
      await server.get(),
      `CREATE ROLE ana LOGIN PASSWORD 'ana'; CREATE ROLE bob LOGIN PASSWORD 'bob'; CREATE ROLE keeper LOGIN PASSWORD 'keeper' BYPASSRLS;
       CREATE ROLE lord LOGIN; GRANT USAGE ON SCHEMA public TO PUBLIC;
       CREATE TABLE notes (id int PRIMARY KEY, writer text, tenant int, key uuid, secret_token text, at date);
       ALTER TABLE notes OWNER TO lord;
       CREATE INDEX ON notes (writer);
       GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO ana, bob, keeper;
       INSERT INTO notes VALUES (1, 'ana', 7, NULL), (2, 'bob', 8, NULL), (3, 'bob', 7, NULL);
       CREATE TABLE parts (id int, at date) PARTITION BY RANGE (at);
       CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2030-01-01');
       CREATE VIEW looks AS SELECT 1 AS a;`,
    );
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    connection = await bench.open(database.url);
  });
  afterAll(async () => {
    await admin?.end();
    await database?.drop();
  });

  const oid = async (name: string): Promise<number> => {
    const [row] = await database.query<{ oid: number }>('SELECT $1::regclass::oid::int AS oid', [name]);
    return row?.oid ?? 0;
  };
  const as = async (user: string, text: string): Promise<Record<string, unknown>[]> =>
    query(urlOf(await server.get(), database.name, { user, password: user }), text);
  const seen = async (user: string, before = 'SELECT 1'): Promise<unknown[]> =>
    (await as(user, `${before}; SELECT id FROM notes ORDER BY id`)).map(({ id }) => id);
  const preview = (action: ActionRequest) => bench.preview(connection, { kind: 'action', action });
  const textsOf = async (action: ActionRequest): Promise<string> =>
    (await preview(action)).preflight.map(({ text }) => text).join('\n');

  it('row-level security: who sees what is said before, is so after, and comes back', async () => {
    const table = await oid('notes');
    const before = await stateOf(database.url, admin);
    const on = { verb: 'row-security', table, isEnabled: true } as const;
    const alone = await textsOf(on);
    expect(alone).toContain('The table has no policy: nobody sees or changes a single row');
    for (const text of ['postgres (is a superuser)', 'keeper (has BYPASSRLS)', 'lord (owns the table'])
      expect(alone).toContain(text);
    const enabled = await bench.act(connection, on);
    expect(enabled).toMatchObject({ outcome: 'done', risk: 'R4' });
    expect([await seen('ana'), await seen('bob'), await seen('keeper')]).toEqual([[], [], [1, 2, 3]]);

    const policy = await bench.act(connection, {
      verb: 'create-policy',
      table,
      template: 'owner',
      column: 'writer',
      setting: null,
    });
    expect(policy.outcome).toBe('done');
    expect([await seen('ana'), await seen('bob')]).toEqual([[1], [2, 3]]);
    await expect(as('ana', "INSERT INTO notes VALUES (9, 'bob')")).rejects.toThrow('row-level security');
    await bench.undo(connection, enabled.id);
    expect(await textsOf(on)).toContain('ana sees the rows that these admit: owner_rows.');
    const again = await bench.act(connection, on);
    expect(await textsOf({ ...on, isEnabled: false })).toContain(
      'see and change every row, as far as their rights go: ana, bob',
    );
    const off = await bench.act(connection, { ...on, isEnabled: false });
    expect(await seen('ana')).toEqual([1, 2, 3]);
    await bench.undo(connection, off.id);
    expect(await seen('ana')).toEqual([1]);
    for (const { id } of [again, policy]) expect((await bench.undo(connection, id)).outcome).toBe('done');
    expect(differingLines(before, await stateOf(database.url, admin))).toEqual([]);
  });

  it('a policy by setting admits the rows of that setting and none without it', async () => {
    const table = await oid('notes');
    const before = await stateOf(database.url, admin);
    const jobs = [
      await bench.act(connection, {
        verb: 'create-policy',
        table,
        template: 'setting',
        column: 'tenant',
        setting: 'app.tenant',
      }),
      await bench.act(connection, { verb: 'row-security', table, isEnabled: true }),
    ];
    expect(jobs.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    expect(await seen('ana')).toEqual([]);
    expect(await seen('ana', "SET app.tenant = '7'")).toEqual([1, 3]);
    expect(await seen('ana', "SET app.tenant = ''")).toEqual([]);
    for (const column of ['key', 'writer'])
      expect(
        (await preview({ verb: 'create-policy', table, template: 'setting', column, setting: 'app.x' }))
          .actions[0]?.sql,
      ).toHaveLength(1);
    for (const { id } of jobs.toReversed()) await bench.undo(connection, id);
    expect(differingLines(before, await stateOf(database.url, admin))).toEqual([]);
  });

  it('refuses templates that cannot work', async () => {
    const table = await oid('notes');
    const policy = {
      verb: 'create-policy',
      table,
      template: 'owner',
      column: 'tenant',
      setting: null,
    } as const;
    for (const action of [
      policy,
      { ...policy, template: 'setting', setting: 'work_mem' },
      { ...policy, template: 'setting', column: 'at', setting: 'app.at' },
      { verb: 'row-security', table, isEnabled: false },
      { verb: 'row-security', table: await oid('looks'), isEnabled: true },
      { verb: 'audit-trigger', table: await oid('looks') },
    ] as const)
      await expect(preview(action)).rejects.toMatchObject({
        code: expect.stringMatching(/NOT_FOUND|PLAN_REFUSED/),
      });
    await expect(preview({ ...policy, column: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('a record of changes: made once, who and what is in it, and the undo takes only its own', async () => {
    const before = await stateOf(database.url, admin);
    const first = await bench.act(connection, { verb: 'audit-trigger', table: await oid('notes') });
    expect(first, JSON.stringify(first.actions[0]?.error)).toMatchObject({ outcome: 'done' });
    const between = await stateOf(database.url, admin);
    const second = await bench.act(connection, { verb: 'audit-trigger', table: await oid('parts') });
    expect(second.outcome).toBe('done');
    expect(second.actions[0]?.sql).toHaveLength(2);

    await as('ana', "UPDATE notes SET writer = 'eve' WHERE id = 1");
    await as('bob', 'DELETE FROM notes WHERE id = 1');
    await database.query(
      "SET ROLE lord; INSERT INTO notes VALUES (1, 'ana', 7); RESET ROLE; INSERT INTO parts VALUES (1, '2024-05-05'); TRUNCATE parts",
    );
    await expect(as('ana', 'SELECT * FROM pgvitals_audit.changes')).rejects.toThrow('permission denied');
    await expect(as('ana', 'SELECT pgvitals_audit.record()')).rejects.toThrow('permission denied');
    const rows = await database.query(
      `SELECT login, role, table_name, operation, before->>'writer' AS before, after->>'writer' AS after
       FROM pgvitals_audit.changes ORDER BY id`,
    );
    expect(rows.map((row) => Object.values(row))).toEqual([
      ['ana', null, 'notes', 'UPDATE', 'ana', 'eve'],
      ['bob', null, 'notes', 'DELETE', 'eve', null],
      ['postgres', 'lord', 'notes', 'INSERT', null, 'ana'],
      ['postgres', null, 'parts_1', 'INSERT', null, null],
      ['postgres', null, 'parts', 'TRUNCATE', null, null],
    ]);
    // Another table is recorded: the undo of the first fails as a whole, and takes nothing.
    const tooEarly = await bench.undo(connection, first.id);
    expect(tooEarly).toMatchObject({ outcome: 'failed' });
    expect(await database.query('SELECT count(*)::int AS n FROM pgvitals_audit.changes')).toEqual([{ n: 5 }]);
    await bench.undo(connection, second.id);
    expect(differingLines(between, await stateOf(database.url, admin))).toEqual([]);
    expect((await bench.undo(connection, first.id)).outcome).toBe('done');
    expect(differingLines(before, await stateOf(database.url, admin))).toEqual([]);
  });

  it('a schema of that name that is not ours is left alone', async () => {
    await database.query('CREATE SCHEMA pgvitals_audit');
    await expect(preview({ verb: 'audit-trigger', table: await oid('notes') })).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
    });
    await database.query('DROP SCHEMA pgvitals_audit');
  });
});
