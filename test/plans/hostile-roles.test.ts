import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { ActionRequest } from '#shared/model/plan-request.ts';
import { quoteIdentifier, quoteLiteral } from '#engine/postgres/quote.ts';
import { usePlans } from '../support/plans.ts';
import { stateOf } from '../support/catalog-state.ts';
import { differingLines } from '../support/fixes.ts';
import { HOSTILE_NAMES } from '../support/hostile-names.ts';
import { createDatabase, type TestDatabase, urlOf, usePrivateServer } from '../support/postgres.ts';

// Of this file alone: roles and their settings are the server's.
const server = usePrivateServer({ major: 15 });
const bench = usePlans();
let database: TestDatabase;
let admin: pg.Client;
let connection: string;

beforeAll(async () => {
  database = await createDatabase(await server.get(), 'CREATE TABLE victim (id int)');
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  for (const name of HOSTILE_NAMES) {
    const q = quoteIdentifier(name);
    await admin.query(
      `CREATE ROLE ${q} LOGIN PASSWORD 'old'; CREATE SCHEMA ${q}; GRANT USAGE ON SCHEMA ${q} TO PUBLIC;
       CREATE TABLE ${q}.${q} (${q} text, id int); CREATE SEQUENCE ${q}."s ${q.slice(1, 9).replaceAll('"', '')}";
       CREATE FUNCTION ${q}.${q}(${q} int) RETURNS int LANGUAGE sql AS 'SELECT 1';
       GRANT SELECT (${q}), INSERT ON ${q}.${q} TO ${q} WITH GRANT OPTION;
       ALTER ROLE ${q} SET search_path = ${quoteLiteral(name)}, public;`,
    );
  }
  connection = await bench.open(database.url);
});
afterAll(async () => {
  await admin?.end();
  await database?.drop();
});

const oid = async (sql: string, name: string): Promise<number> => {
  const { rows } = await admin.query<{ oid: number }>(`SELECT (${sql})::oid::int AS oid`, [name]);
  return rows[0]?.oid ?? 0;
};
const table = (name: string) =>
  oid(
    'SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = $1 AND relname = $1',
    name,
  );

/** Everything that these actions do with a name, each on its own object. */
async function actionsOn(name: string): Promise<readonly ActionRequest[]> {
  const relation = await table(name);
  const schema = await oid('SELECT oid FROM pg_namespace WHERE nspname = $1', name);
  const routine = await oid(
    'SELECT p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = $1 AND proname = $1',
    name,
  );
  const sequence = await oid(
    "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = $1 AND relkind = 'S'",
    name,
  );
  const rights = { role: name, on: 'table', oid: relation } as const;
  // Of the other things that rights are on, each name has one.
  const others: readonly (readonly ActionRequest[])[] = [
    [
      { verb: 'grant', role: name, on: 'schema', oid: schema, privileges: ['CREATE'] },
      { verb: 'revoke', role: null, on: 'schema', oid: schema, privileges: ['USAGE'] },
    ],
    [
      { verb: 'grant', role: name, on: 'function', oid: routine, privileges: ['EXECUTE'] },
      { verb: 'revoke', role: null, on: 'function', oid: routine, privileges: ['EXECUTE'] },
    ],
    [{ verb: 'grant', role: name, on: 'sequence', oid: sequence, privileges: ['USAGE'] }],
    [{ verb: 'grant', role: name, on: 'database', oid: 0, privileges: ['CREATE'] }],
  ];
  const template = HOSTILE_NAMES.indexOf(name) % 2 === 0 ? 'owner' : 'setting';
  return [
    template === 'owner'
      ? { verb: 'role-setting', role: name, name: 'search_path', value: `public, ${quoteIdentifier(name)}` }
      : { verb: 'role-setting', role: name, name: 'app.note', value: name },
    { verb: 'grant', ...rights, privileges: ['SELECT', 'DELETE'] },
    { verb: 'revoke', ...rights, privileges: ['SELECT', 'INSERT'] },
    ...(others[HOSTILE_NAMES.indexOf(name) % others.length] ?? []),
    { verb: 'row-security', table: relation, isEnabled: true },
    { verb: 'create-policy', table: relation, template, column: name, setting: 'app.tenant' },
    { verb: 'audit-trigger', table: relation },
  ];
}

describe('hostile names', () => {
  it(`of ${HOSTILE_NAMES.length} roles, schemas, tables, columns and functions: only what is meant changes, and comes back`, async () => {
    const before = await stateOf(database.url, admin);
    // pg_dump takes long: its lines are compared at the end, the catalog's after every change.
    const lines = async (): Promise<string> => {
      const { rows } = await admin.query<{ part: string; line: string }>(TOUCHED_SQL);
      return rows.map(({ part, line }) => `${part}: ${JSON.stringify(line)}`).join('\n');
    };
    for (const name of HOSTILE_NAMES) {
      const start = await lines();
      for (const action of await actionsOn(name)) {
        const job = await bench.act(connection, action);
        expect(job, `${JSON.stringify(action)} ${JSON.stringify(job.actions[0]?.error)}`).toMatchObject({
          outcome: 'done',
          noUndo: null,
        });
        const changed = differingLines(start, await lines());
        expect(changed, JSON.stringify(action)).not.toEqual([]);
        const others = changed.filter(
          (line) =>
            !line.includes(JSON.stringify(name)) &&
            !/^[+-] (database|schema "pgvitals_audit"|relation "pgvitals_audit"|function "pgvitals_audit")/.test(
              line,
            ),
        );
        expect(others, JSON.stringify(action)).toEqual([]);
        const undone = await bench.undo(connection, job.id);
        expect(undone.outcome, JSON.stringify(undone.actions[0]?.error)).toBe('done');
        expect(differingLines(start, await lines()), JSON.stringify(action)).toEqual([]);
      }
    }
    expect(differingLines(before, await stateOf(database.url, admin))).toEqual([]);
  }, 600_000);

  it('of roles: each gets a password of its own, and nobody else', async () => {
    for (const name of HOSTILE_NAMES) {
      const others = async () =>
        (
          await admin.query('SELECT rolname, rolpassword FROM pg_authid WHERE rolname <> $1 ORDER BY 1', [
            name,
          ])
        ).rows;
      const before = await others();
      const job = await bench.act(connection, { verb: 'rotate-password', role: name });
      expect(job, JSON.stringify(job.actions[0]?.error)).toMatchObject({ outcome: 'done' });
      const password = bench.engine.plans.takeSecret(connection, job.id) ?? '';
      const client = new pg.Client({
        connectionString: urlOf(await server.get(), database.name, { user: name, password }),
      });
      await client.connect();
      const { rows } = await client.query<{ me: string }>('SELECT current_user AS me');
      expect(rows[0]?.me).toBe(name);
      await client.end();
      expect(await others()).toEqual(before);
    }
  }, 300_000);
});

/** Part and name as JSON text, with everything that these actions touch. */
const TOUCHED_SQL = `
  SELECT 'relation ' || to_json(n.nspname) AS part, to_json(c.relname) || ' ' || concat_ws(' ', c.relrowsecurity, (
    SELECT string_agg(e::text, ' ' ORDER BY e::text) FROM aclexplode(coalesce(c.relacl, acldefault(CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner))) e),
    (SELECT string_agg(a.attname || a.attacl::text, ' ') FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL),
    (SELECT string_agg(tgname, ' ' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = c.oid), (SELECT string_agg(polname || pg_get_expr(polqual, polrelid), ' ') FROM pg_policy WHERE polrelid = c.oid)) AS line
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'S', 'i', 'v') AND nspname !~ '^pg_(catalog|toast)|information_schema'
  UNION ALL SELECT 'schema ' || to_json(nspname), (SELECT string_agg(e::text, ' ' ORDER BY e::text) FROM aclexplode(coalesce(nspacl, acldefault('n', nspowner))) e) FROM pg_namespace
  UNION ALL SELECT 'function ' || to_json(nspname), proname || (SELECT string_agg(e::text, ' ' ORDER BY e::text) FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) e)
    FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname !~ '^pg_catalog|information_schema'
  UNION ALL SELECT 'database', (SELECT string_agg(e::text, ' ' ORDER BY e::text) FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) e) FROM pg_database WHERE datname = current_database()
  UNION ALL SELECT 'role ' || to_json(rolname), concat_ws(' ', rolsuper, rolcanlogin, (SELECT string_agg(c, ' ' ORDER BY c) FROM pg_db_role_setting s, unnest(setconfig) c WHERE setrole = r.oid)) FROM pg_roles r
  ORDER BY 1, 2`;
