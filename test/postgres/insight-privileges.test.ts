import { describe, expect, it } from 'vitest';
import type { PublicGrantRow, RowSecurityRow, SecurityOverview } from '#shared/model/security.ts';
import { ALL, useEngine } from '../support/insight.ts';
import { createDatabase, query, urlOf, useDemo, usePrivateServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();

const overviewOf = async (connectionId: string): Promise<SecurityOverview> =>
  (await engine.insight.security.overview({ connectionId, maxAgeMs: 0 }, {})).data;

/** All rows of the list, after an overview has read the facts. */
async function tablesOf(connectionId: string): Promise<readonly RowSecurityRow[]> {
  await overviewOf(connectionId);
  return (await engine.insight.security.tables({ ...ALL, connectionId, view: 'all' }, {})).rows;
}

/** Row security and who may use which table, by has_table_privilege instead of ACLs. */
async function compareRowSecurity(url: string, connectionId: string): Promise<void> {
  const truth = await query<{
    oid: number;
    name: string;
    owner: string;
    enabled: boolean;
    forced: boolean;
    policies: number;
    users: string[];
  }>(
    url,
    `SELECT c.oid::int, c.relname AS name, c.relowner::regrole::text AS owner, relrowsecurity AS enabled,
       relforcerowsecurity AS forced, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid)::int AS policies,
       ARRAY(SELECT r.rolname::text FROM pg_roles r WHERE r.rolcanlogin AND NOT r.rolsuper
         AND r.oid <> c.relowner AND NOT pg_has_role(r.oid, c.relowner, 'MEMBER')
         AND has_schema_privilege(r.oid, c.relnamespace, 'USAGE')
         AND has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE') ORDER BY 1) AS users
     FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`,
  );
  const rows = new Map((await tablesOf(connectionId)).map((row) => [row.oid, row]));
  for (const t of truth) {
    const row = rows.get(t.oid);
    if (t.enabled || t.policies > 0 || t.users.length > 0)
      expect([t.name, row?.oid]).toEqual([t.name, t.oid]);
    if (!row) continue;
    expect([t.name, row.owner, row.isEnabled, row.isForced, row.policies]).toEqual([
      t.name,
      t.owner,
      t.enabled,
      t.forced,
      t.policies,
    ]);
    expect([t.name, row.usedBy !== null]).toEqual([t.name, t.users.length > 0]);
  }
  const counts = (await overviewOf(connectionId)).rowSecurity;
  expect(counts.open).toBe(truth.filter((t) => !t.enabled && t.users.length > 0).length);
  expect(counts.enabled).toBe(truth.filter((t) => t.enabled).length);
  expect(counts.rows).toBe(rows.size);
}

/** What PUBLIC may do, asked of the server's own functions. */
async function compareGrants(
  url: string,
  { publicGrants, ordinaryFunctions }: SecurityOverview,
): Promise<void> {
  const truth = await query<{ kind: string; name: string; may: string[] }>(
    url,
    `WITH own AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$')
     SELECT * FROM (
       SELECT 'database' AS kind, datname::text AS name, ARRAY(SELECT p FROM unnest('{CONNECT,CREATE,TEMPORARY}'::text[]) p
           WHERE has_database_privilege('public', oid, p)) AS may FROM pg_database WHERE datallowconn
       UNION ALL SELECT 'language', lanname, ARRAY(SELECT 'USAGE' WHERE has_language_privilege('public', oid, 'USAGE'))
         FROM pg_language WHERE lanispl AND lanpltrusted
       UNION ALL SELECT 'schema', nspname, ARRAY(SELECT p FROM unnest('{CREATE,USAGE}'::text[]) p
         WHERE has_schema_privilege('public', oid, p)) FROM pg_namespace WHERE oid IN (SELECT oid FROM own)
       UNION ALL SELECT 'sequence', relname, ARRAY(SELECT p FROM unnest('{SELECT,UPDATE,USAGE}'::text[]) p
         WHERE has_sequence_privilege('public', oid, p)) FROM pg_class WHERE relkind = 'S' AND relnamespace IN (SELECT oid FROM own)
       UNION ALL SELECT 'foreign server', srvname, ARRAY(SELECT 'USAGE' WHERE has_server_privilege('public', oid, 'USAGE'))
         FROM pg_foreign_server
       UNION ALL SELECT 'foreign data wrapper', fdwname,
         ARRAY(SELECT 'USAGE' WHERE has_foreign_data_wrapper_privilege('public', oid, 'USAGE')) FROM pg_foreign_data_wrapper
       UNION ALL SELECT 'tablespace', spcname, ARRAY(SELECT 'CREATE' WHERE has_tablespace_privilege('public', oid, 'CREATE'))
         FROM pg_tablespace
       UNION ALL SELECT CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'matview' WHEN 'f' THEN 'foreign table' ELSE 'table' END,
         CASE relnamespace WHEN 'public'::regnamespace THEN '' ELSE (SELECT nspname || '.' FROM pg_namespace WHERE oid = relnamespace) END || relname, ARRAY(SELECT p FROM unnest('{DELETE,INSERT,REFERENCES,SELECT,TRIGGER,TRUNCATE,UPDATE}'::text[]) p
           WHERE has_table_privilege('public', oid, p))
         FROM pg_class c WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relnamespace IN (SELECT oid FROM own)
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     ) every WHERE cardinality(may) > 0`,
  );
  const key = (kind: string, name: string, may: readonly string[]) =>
    `${kind} ${name}: ${[...may].sort().join()}`;
  const ofOthers = new Set(['column', 'function', 'default privileges', 'parameter']);
  expect(
    publicGrants
      .filter((g) => !ofOthers.has(g.kind))
      .map((g) => key(g.kind, g.name, g.privileges))
      .sort(),
  ).toEqual(truth.map((t) => key(t.kind, t.name, t.may)).sort());
  const [functions] = await query<{ ordinary: number; definer: number }>(
    url,
    `SELECT count(*) FILTER (WHERE NOT prosecdef)::int AS ordinary, count(*) FILTER (WHERE prosecdef)::int AS definer
     FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
     WHERE nspname !~ '^pg_|^information_schema$' AND has_function_privilege('public', p.oid, 'EXECUTE')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')`,
  );
  expect(ordinaryFunctions).toBe(functions?.ordinary);
  expect(publicGrants.filter((g) => g.kind === 'function')).toHaveLength(functions?.definer ?? -1);
}

/** Everything that PUBLIC holds by an ACL, to see that an undo brings back the same. */
const PUBLIC_ACLS = `
  SELECT 'c' AS of, oid::int, 0 AS part, privilege_type FROM pg_class, aclexplode(relacl) WHERE grantee = 0
  UNION ALL SELECT 'a', attrelid::int, attnum, privilege_type FROM pg_attribute, aclexplode(attacl) WHERE grantee = 0
  UNION ALL SELECT 'n', oid::int, 0, privilege_type FROM pg_namespace, aclexplode(nspacl) WHERE grantee = 0
  UNION ALL SELECT 'f', oid::int, 0, privilege_type FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    WHERE grantee = 0 AND prosecdef
  UNION ALL SELECT 'd', oid::int, 0, privilege_type FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
    WHERE grantee = 0 AND datname = current_database()
  UNION ALL SELECT 'l', oid::int, 0, privilege_type FROM pg_language, aclexplode(coalesce(lanacl, acldefault('l', lanowner)))
    WHERE grantee = 0 AND lanispl
  UNION ALL SELECT 's', oid::int, 0, privilege_type FROM pg_foreign_server, aclexplode(srvacl) WHERE grantee = 0
  UNION ALL SELECT 'w', oid::int, 0, privilege_type FROM pg_foreign_data_wrapper, aclexplode(fdwacl) WHERE grantee = 0
  UNION ALL SELECT 'D' || defaclobjtype::text, defaclnamespace::int, 0, privilege_type
    FROM pg_default_acl, aclexplode(defaclacl) WHERE grantee = 0
  ORDER BY 1, 2, 3, 4`;

const GRANTS = `
  CREATE SCHEMA "Odd ""one"; GRANT USAGE ON SCHEMA "Odd ""one" TO PUBLIC;
  CREATE TABLE "Odd ""one"."T t" (id int, "c c" int); GRANT SELECT, UPDATE ("c c") ON "Odd ""one"."T t" TO PUBLIC;
  GRANT SELECT ("c c") ON "Odd ""one"."T t" TO PUBLIC;
  CREATE VIEW seen AS SELECT 1 AS one; GRANT SELECT ON seen TO PUBLIC;
  CREATE MATERIALIZED VIEW kept AS SELECT 1 AS one; GRANT SELECT ON kept TO PUBLIC;
  CREATE SEQUENCE counter; GRANT USAGE, SELECT ON SEQUENCE counter TO PUBLIC;
  CREATE SEQUENCE quiet_counter;
  CREATE FOREIGN DATA WRAPPER wrapper; GRANT USAGE ON FOREIGN DATA WRAPPER wrapper TO PUBLIC;
  CREATE SERVER elsewhere FOREIGN DATA WRAPPER wrapper; GRANT USAGE ON FOREIGN SERVER elsewhere TO PUBLIC;
  CREATE FUNCTION definer(a int DEFAULT 1, VARIADIC b text[] DEFAULT '{}') RETURNS int LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS 'SELECT 1';
  CREATE PROCEDURE proc(a int) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1';
  CREATE FUNCTION ordinary() RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE FUNCTION closed() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION closed() FROM PUBLIC;
  ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
  ALTER DEFAULT PRIVILEGES IN SCHEMA "Odd ""one" GRANT USAGE ON SEQUENCES TO PUBLIC;
  ALTER DEFAULT PRIVILEGES IN SCHEMA "Odd ""one" GRANT EXECUTE ON FUNCTIONS TO PUBLIC;`;

describe.each([14, 15, 16, 17, 18] as const)('privileges on PostgreSQL %i', (major) => {
  const server = usePrivateServer({ major });

  it('PUBLIC: every grant, and each can be taken back and given again', async () => {
    const database = await createDatabase(await server.get(), GRANTS);
    const connectionId = await open(database.url);
    const data = await overviewOf(connectionId);
    await compareGrants(database.url, data);
    const defaults = data.publicGrants.filter((g) => g.kind === 'default privileges');
    expect(Object.fromEntries(defaults.map((g) => [g.name, g.privileges.join()]))).toEqual({
      'new functions of postgres in Odd "one': 'EXECUTE',
      'new sequences of postgres in Odd "one': 'USAGE',
      'new tables of postgres': 'SELECT',
    });
    expect(
      data.publicGrants.filter((g) => g.kind === 'column').map((g) => [g.name, [...g.privileges].sort()]),
    ).toEqual([['Odd "one.T t.c c', ['SELECT', 'UPDATE']]]);
    const isBuiltIn = (kind: string, name: string) =>
      data.publicGrants.find((g) => g.kind === kind && g.name === name)?.isBuiltIn;
    expect(isBuiltIn('database', database.name)).toBe(true);
    expect(isBuiltIn('language', 'plpgsql')).toBe(true);
    expect(isBuiltIn('sequence', 'counter')).toBe(false);
    expect(isBuiltIn('schema', 'public')).toBe(major >= 15);

    const isElsewhere = (g: PublicGrantRow) => g.kind === 'database' && g.name !== database.name;
    const fixes = data.publicGrants
      .filter((g) => !isElsewhere(g))
      .map((grant) => {
        const fix = grant.revoke ?? grant.verdicts.find((v) => v.fix !== null)?.fix;
        if (!fix) throw new Error(`no fix for ${grant.name}`);
        return { grant, fix };
      });
    const before = await database.query(PUBLIC_ACLS);
    for (const { grant, fix } of fixes) {
      for (const sql of fix.sql) await database.query(sql);
      for (const sql of fix.undo) await database.query(sql);
      expect([grant.name, await database.query(PUBLIC_ACLS)]).toEqual([grant.name, before]);
    }
    for (const { fix } of fixes) for (const sql of fix.sql) await database.query(sql);
    const after = (await overviewOf(connectionId)).publicGrants.filter((g) => !isElsewhere(g));
    expect(after.map((g) => [g.name, g.privileges.join()])).toEqual([]);
    if (major < 15) return;
    await database.query('GRANT SET ON PARAMETER log_min_messages TO PUBLIC');
    try {
      const parameter = (await overviewOf(connectionId)).publicGrants.find((g) => g.kind === 'parameter');
      expect(parameter).toMatchObject({ name: 'log_min_messages', privileges: ['SET'] });
      for (const sql of parameter?.revoke?.sql ?? []) await database.query(sql);
      expect((await overviewOf(connectionId)).publicGrants.some((g) => g.kind === 'parameter')).toBe(false);
    } finally {
      await database.query('REVOKE SET ON PARAMETER log_min_messages FROM PUBLIC');
    }
  });

  it('row security: who uses what, who goes around it, and a way to it and back', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE ROLE app_${major} LOGIN PASSWORD 'app-77c1'; CREATE ROLE group_${major}; CREATE ROLE skips_${major} LOGIN BYPASSRLS;
       GRANT group_${major} TO app_${major}; CREATE ROLE unused_${major};
       CREATE TABLE orders (id int, tenant_id int); INSERT INTO orders VALUES (1, 1), (2, 2);
       CREATE TABLE notes (id int); INSERT INTO notes VALUES (1);
       CREATE TABLE own (id int); CREATE TABLE for_nobody (id int); GRANT SELECT ON for_nobody TO unused_${major};
       CREATE TABLE limited (id int); ALTER TABLE limited ENABLE ROW LEVEL SECURITY; ALTER TABLE limited FORCE ROW LEVEL SECURITY;
       CREATE POLICY somebody ON limited FOR SELECT TO group_${major} USING (id > 0);
       CREATE TABLE named (id int); CREATE POLICY idle ON named USING (true);
       CREATE SCHEMA shut; CREATE TABLE shut.orders (id int); GRANT SELECT ON shut.orders TO app_${major};
       GRANT SELECT ON orders, notes, limited TO group_${major};`,
    );
    const connectionId = await open(database.url);
    await compareRowSecurity(database.url, connectionId);
    const rows = await tablesOf(connectionId);
    const of = (name: string): RowSecurityRow => {
      const row = rows.find((candidate) => candidate.name === name);
      if (!row) throw new Error(`no row named ${name}`);
      return row;
    };
    expect(rows.map((row) => row.name).sort()).toEqual(['limited', 'named', 'notes', 'orders']);
    expect(of('orders').usedBy).toBe(`group_${major}`);
    expect(of('named')).toMatchObject({ worst: 'high', policies: 1 });
    const view = async (which: 'open' | 'protected') =>
      (await engine.insight.security.tables({ ...ALL, connectionId, view: which }, {})).rows.map(
        (r) => r.name,
      );
    expect(await view('open')).toEqual(['notes', 'orders']);
    expect(await view('protected')).toEqual(['limited']);

    const detail = (name: string) => engine.insight.security.table({ connectionId, oid: of(name).oid }, {});
    expect((await detail('limited')).policyTexts).toEqual([
      `somebody FOR SELECT TO group_${major} USING ((id > 0))`,
    ]);
    const bypassers = (await detail('limited')).bypassedBy.map((b) => b.role);
    const [truth] = await database.query<{ roles: string[] }>(
      `SELECT ARRAY(SELECT rolname::text FROM pg_roles WHERE rolcanlogin AND (rolsuper OR rolbypassrls)) AS roles`,
    );
    expect([...bypassers].sort()).toEqual(truth?.roles.sort());

    const asApp = (sql: string) =>
      query<{ n: number }>(
        urlOf(database.server, database.name, { user: `app_${major}`, password: 'app-77c1' }),
        sql,
      );
    const countOf = async (table: string, settings = '') =>
      (await asApp(`${settings}SELECT count(*)::int AS n FROM ${table}`))[0]?.n;
    for (const [table, admitted] of [
      ['orders', 1],
      ['notes', 0],
    ] as const) {
      const all = await countOf(table);
      const { enable } = await detail(table);
      for (const sql of enable?.sql ?? []) await database.query(sql);
      expect([table, await countOf(table)]).toEqual([table, 0]);
      expect(await countOf(table, "SET app.tenant_id = '1'; ")).toBe(admitted);
      expect(enable?.notes.join(' ')).toMatch(/no policy admits sees and changes no rows/);
      for (const sql of enable?.undo ?? []) await database.query(sql);
      expect(await countOf(table)).toBe(all);
    }
    const left = await database.query('SELECT polname FROM pg_policy ORDER BY 1');
    expect(left).toEqual([{ polname: 'idle' }, { polname: 'somebody' }]);
    await expect(engine.insight.security.table({ connectionId, oid: 1 }, {})).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

it('the demo: what PUBLIC may do, and its row security', async () => {
  const { url } = await demo.get();
  const connectionId = await open(url);
  await compareGrants(url, await overviewOf(connectionId));
  await compareRowSecurity(url, connectionId);
});
