import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { ActionRequest } from '#shared/model/plan-request.ts';
import { usePlans } from '../support/plans.ts';
import { stateOf } from '../support/catalog-state.ts';
import { differingLines } from '../support/fixes.ts';
import { createDatabase, type TestDatabase, urlOf, usePrivateServer } from '../support/postgres.ts';

const SCHEMA = `
  CREATE ROLE owner LOGIN PASSWORD 'owner'; CREATE ROLE app LOGIN PASSWORD 'app'; CREATE ROLE team; CREATE ROLE ana LOGIN IN ROLE team;
  CREATE ROLE dealer LOGIN PASSWORD 'dealer'; CREATE ROLE auditor LOGIN IN ROLE pg_read_all_data; CREATE ROLE other LOGIN;
  CREATE SCHEMA s AUTHORIZATION owner; GRANT USAGE ON SCHEMA s TO PUBLIC;
  SET ROLE owner;
  CREATE TABLE s.orders (id int PRIMARY KEY, email text, note text);
  CREATE VIEW s.open_orders AS SELECT id FROM s.orders;
  CREATE SEQUENCE s.numbers;
  CREATE FUNCTION s.total(a int, b text DEFAULT 'x') RETURNS int LANGUAGE sql AS 'SELECT 1';
  RESET ROLE; CREATE TYPE public.kind AS ENUM ('a'); SET ROLE owner;
  CREATE FUNCTION s.of_kind("Odd Name" public.kind, VARIADIC rest text[], OUT n int) LANGUAGE sql AS 'SELECT 1';
  CREATE PROCEDURE s.work() LANGUAGE sql AS 'SELECT 1';
  GRANT SELECT, INSERT ON s.orders TO app; GRANT UPDATE ON s.orders TO app WITH GRANT OPTION;
  GRANT SELECT (email), DELETE ON s.orders TO team; GRANT UPDATE (note) ON s.orders TO app;
  GRANT SELECT, TRUNCATE ON s.orders TO dealer WITH GRANT OPTION;
  GRANT INSERT (email) ON s.orders TO other;
  GRANT SELECT ON s.open_orders TO auditor;
  RESET ROLE;
  SET ROLE dealer; GRANT SELECT ON s.orders TO ana; GRANT TRUNCATE ON s.orders TO team; RESET ROLE;
  SET ROLE owner; GRANT SELECT ON s.orders TO ana; RESET ROLE;`;

// 16 has SET as an option of memberships, 17 MAINTAIN; pg_dump compares on 15.
describe.each([15, 16, 17] as const)('rights on %i', (major) => {
  const server = usePrivateServer({ major });
  const bench = usePlans();
  let database: TestDatabase;
  let admin: pg.Client;
  let connection: string;

  beforeAll(async () => {
    database = await createDatabase(await server.get(), SCHEMA);
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    connection = await bench.open(database.url);
  });
  afterAll(async () => {
    await admin?.end();
    await database?.drop();
  });

  const oid = async (sql: string): Promise<number> => {
    const [row] = await database.query<{ oid: number }>(`SELECT (${sql})::oid::int AS oid`);
    return row?.oid ?? 0;
  };
  const on = {
    table: () => oid("'s.orders'::regclass"),
    view: () => oid("'s.open_orders'::regclass"),
    sequence: () => oid("'s.numbers'::regclass"),
    schema: () => oid("'s'::regnamespace"),
    function: () => oid("'s.total(int,text)'::regprocedure"),
    typed: () => oid("(SELECT oid FROM pg_proc WHERE proname = 'of_kind')"),
    procedure: () => oid("'s.work()'::regprocedure"),
    database: async () => 0,
  };
  const change = async (
    verb: 'grant' | 'revoke',
    thing: keyof typeof on,
    privileges: string[],
    role: string | null,
  ): Promise<ActionRequest> => ({
    verb,
    on: thing === 'view' ? 'table' : thing === 'procedure' || thing === 'typed' ? 'function' : thing,
    oid: await on[thing](),
    privileges,
    role,
  });
  const refusal = async (action: ActionRequest): Promise<unknown> =>
    bench.preview(connection, { kind: 'action', action }).then(
      (plan) => plan,
      (error: unknown) => error,
    );

  it.each([
    ['grant', 'table', ['DELETE', 'TRUNCATE'], 'app'],
    ['grant', 'table', ['SELECT'], null],
    ['grant', 'table', ['INSERT', 'SELECT'], 'other'],
    ['grant', 'table', ['UPDATE'], 'team'],
    ['grant', 'view', ['SELECT'], 'app'],
    ['grant', 'sequence', ['USAGE', 'UPDATE'], 'app'],
    ['grant', 'schema', ['CREATE'], 'team'],
    ['grant', 'function', ['EXECUTE'], 'app'],
    ['grant', 'typed', ['EXECUTE'], 'app'],
    ['grant', 'database', ['CREATE', 'TEMP'], 'app'],
    ['revoke', 'table', ['SELECT', 'INSERT', 'UPDATE'], 'app'],
    ['revoke', 'table', ['SELECT', 'DELETE'], 'team'],
    ['revoke', 'table', ['SELECT'], 'ana'],
    ['revoke', 'table', ['TRUNCATE'], 'team'],
    ['revoke', 'table', ['INSERT'], 'other'],
    ['revoke', 'view', ['SELECT'], 'auditor'],
    ['revoke', 'schema', ['USAGE'], null],
    ['revoke', 'function', ['EXECUTE'], null],
    ['revoke', 'procedure', ['EXECUTE'], null],
    ['revoke', 'database', ['CONNECT', 'TEMPORARY'], null],
  ] as const)(
    '%s on %s %j, %s: takes effect and comes back exactly',
    async (verb, thing, privileges, role) => {
      const before = await stateOf(database.url, admin);
      const action = await change(verb, thing, [...privileges], role);
      const job = await bench.act(connection, action);
      expect(job, JSON.stringify(job.actions[0]?.error)).toMatchObject({ outcome: 'done', noUndo: null });
      const [measure] = job.actions[0]?.measures ?? [];
      for (const privilege of privileges) {
        const words = (text: string | null | undefined): boolean =>
          (text ?? '').includes(privilege === 'TEMP' ? 'TEMPORARY' : privilege);
        expect(words(measure?.after), measure?.after ?? '').toBe(verb === 'grant');
      }
      expect(differingLines(before, await stateOf(database.url, admin))).not.toEqual([]);
      const undone = await bench.undo(connection, job.id);
      expect(undone.outcome, JSON.stringify(undone.actions[0]?.error)).toBe('done');
      expect(differingLines(before, await stateOf(database.url, admin))).toEqual([]);
    },
  );

  it('names exactly those who lose it, by the server’s own answer', async () => {
    for (const [thing, privilege, role, check] of [
      ['table', 'SELECT', 'ana', "has_table_privilege(r.oid, 's.orders', 'SELECT')"],
      ['table', 'DELETE', 'team', "has_table_privilege(r.oid, 's.orders', 'DELETE')"],
      ['table', 'SELECT', 'app', "has_table_privilege(r.oid, 's.orders', 'SELECT')"],
      ['function', 'EXECUTE', null, "has_function_privilege(r.oid, 's.total(int,text)', 'EXECUTE')"],
      ['schema', 'USAGE', null, "has_schema_privilege(r.oid, 's', 'USAGE')"],
      ['database', 'CONNECT', null, "has_database_privilege(r.oid, current_database(), 'CONNECT')"],
    ] as const) {
      const holders = async (): Promise<string[]> =>
        (
          await database.query<{ rolname: string }>(
            `SELECT rolname FROM pg_roles r WHERE rolname !~ '^pg_' AND ${check} ORDER BY rolcanlogin DESC, rolname`,
          )
        ).map(({ rolname }) => rolname);
      const had = await holders();
      const action = await change('revoke', thing, [privilege], role);
      const plan = await bench.preview(connection, { kind: 'action', action });
      const job = await bench.finish(connection, await bench.start(connection, plan));
      const have = new Set(await holders());
      const lost = had.filter((name) => !have.has(name));
      const said = plan.preflight.map(({ text }) => text).join('\n');
      if (lost.length === 0) expect(said, thing).toContain('Nobody loses anything');
      else expect(said).toContain(`: ${lost.join(', ')}.`);
      await bench.undo(connection, job.id);
    }
  });

  it('names the open sessions of those who lose it', async () => {
    const client = new pg.Client({
      connectionString: urlOf(await server.get(), database.name, { user: 'app', password: 'app' }),
      application_name: 'shop',
    });
    await client.connect();
    const action = await change('revoke', 'table', ['SELECT'], 'app');
    const plan = await bench.preview(connection, { kind: 'action', action });
    expect(plan).toMatchObject({ risk: 'R4', phrase: 'orders' });
    expect(plan.preflight.map(({ text }) => text).join('\n')).toMatch(
      /1 of their sessions is open now: pid \d+ \(shop, role app/,
    );
    await client.end();
  });

  it('refuses what is not there, what was passed on, and what the owner would keep', async () => {
    const refused = { code: 'PLAN_REFUSED' };
    expect(await refusal(await change('grant', 'table', ['EXECUTE'], 'app'))).toMatchObject(refused);
    expect(await refusal(await change('grant', 'table', ['SELECT'], 'app'))).toMatchObject(refused);
    expect(await refusal(await change('revoke', 'table', ['TRUNCATE'], 'app'))).toMatchObject(refused);
    expect(await refusal(await change('revoke', 'table', ['SELECT'], 'owner'))).toMatchObject(refused);
    expect(await refusal(await change('revoke', 'table', ['SELECT'], 'dealer'))).toMatchObject({
      ...refused,
      message: 'dealer has passed SELECT on s.orders on to ana.',
    });
    expect(await refusal(await change('grant', 'table', ['MAINTAIN'], 'app'))).toMatchObject(
      major >= 17 ? { risk: 'R4' } : refused,
    );
    expect(await refusal(await change('grant', 'table', ['SELECT'], 'nobody'))).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(
      await refusal({ verb: 'grant', on: 'table', oid: 1, privileges: ['SELECT'], role: 'app' }),
    ).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('goes by what the connected role may', async () => {
    const dealer = await bench.open(
      urlOf(await server.get(), database.name, { user: 'dealer', password: 'dealer' }),
    );
    const before = await stateOf(database.url, admin);
    const granted = await bench.act(dealer, await change('grant', 'table', ['SELECT'], 'other'));
    expect(granted.outcome).toBe('done');
    await bench.undo(dealer, granted.id);
    expect(differingLines(before, await stateOf(database.url, admin))).toEqual([]);
    const stops = async (action: ActionRequest): Promise<number> =>
      (await bench.preview(dealer, { kind: 'action', action })).preflight.filter(
        ({ verdict }) => verdict === 'stop',
      ).length;
    expect(await stops(await change('grant', 'table', ['DELETE'], 'other'))).toBe(1);
    expect(await stops(await change('revoke', 'table', ['INSERT'], 'app'))).toBe(1);
    expect(await stops(await change('revoke', 'table', ['TRUNCATE'], 'team'))).toBe(0);
    const own = await bench.preview(dealer, {
      kind: 'action',
      action: await change('revoke', 'schema', ['USAGE'], null),
    });
    expect(own.preflight.map(({ text }) => text)).toContain(
      'You are connected as dealer: you lose it yourself.',
    );
  });
});
