import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { SecurityOverview } from '#shared/model/security.ts';
import { useEngine } from '../support/insight.ts';
import { createDatabase, query, urlOf, useDemo, usePrivateServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();

const overviewOf = async (connectionId: string): Promise<SecurityOverview> =>
  (await engine.insight.security.overview({ connectionId, maxAgeMs: 0 }, {})).data;

function named<Row extends { readonly name: string }>(rows: readonly Row[] | null, name: string): Row {
  const row = rows?.find((candidate) => candidate.name === name);
  if (!row) throw new Error(`no row named ${name}`);
  return row;
}

/** Roles, and what each owns, by SQL that shares nothing with the collector's. */
async function compareRoles(url: string, roles: SecurityOverview['roles']): Promise<void> {
  const truth = await query<{
    name: string;
    attributes: string[];
    login: boolean;
    limit: number;
    direct: string[];
    all: string[];
    owns: number;
  }>(
    url,
    `WITH RECURSIVE reach AS (
       SELECT member, roleid FROM pg_auth_members
       UNION SELECT r.member, m.roleid FROM reach r JOIN pg_auth_members m ON m.member = r.roleid)
     SELECT rolname AS name, rolcanlogin AS login, rolconnlimit AS limit,
       array_remove(ARRAY[CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
         CASE WHEN rolcreatedb THEN 'CREATEDB' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
         CASE WHEN rolbypassrls THEN 'BYPASSRLS' END], NULL) AS attributes,
       ARRAY(SELECT DISTINCT roleid::regrole::text FROM pg_auth_members WHERE member = a.oid) AS direct,
       ARRAY(SELECT roleid::regrole::text FROM reach WHERE member = a.oid) AS all,
       ((SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
           WHERE relowner = a.oid AND relkind NOT IN ('i', 'I', 't', 'c') AND nspname !~ '^pg_|^information_schema$')
        + (SELECT count(*) FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace
           WHERE proowner = a.oid AND nspname !~ '^pg_|^information_schema$')
        + (SELECT count(*) FROM pg_namespace WHERE nspowner = a.oid AND nspname !~ '^pg_|^information_schema$'))::int AS owns
     FROM pg_roles a`,
  );
  expect(roles.map((r) => r.name).sort()).toEqual(truth.map((t) => t.name).sort());
  for (const t of truth) {
    const row = named(roles, t.name);
    expect([t.name, row.attributes, row.canLogin, row.connectionLimit, row.owns]).toEqual([
      t.name,
      t.attributes,
      t.login,
      t.limit,
      t.owns,
    ]);
    const direct = row.memberOf.map((m) => m.role);
    expect([...direct].sort()).toEqual(t.direct.sort());
    expect([...new Set([...direct, ...row.reaches])].sort()).toEqual(t.all.sort());
  }
}

const SCHEMA = `
  CREATE TABLE accounts (id int PRIMARY KEY, password_hash text);
  CREATE TABLE keys (id int, api_key text);
  CREATE TABLE quiet (id int, api_key text);
  CREATE TABLE plain (id int);
  CREATE TABLE audit_log (at timestamptz, line jsonb);
  CREATE POLICY own_rows ON accounts FOR SELECT TO PUBLIC USING (id > 0);
  ALTER TABLE keys ENABLE ROW LEVEL SECURITY;
  ALTER TABLE keys FORCE ROW LEVEL SECURITY;
  GRANT SELECT ON accounts TO PUBLIC;
  GRANT UPDATE (id) ON plain TO PUBLIC;
  CREATE FUNCTION remember() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO audit_log VALUES (now(), to_jsonb(NEW)); RETURN NEW; END $$;
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
  CREATE TRIGGER accounts_audit AFTER UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION remember();
  CREATE TRIGGER keys_audit AFTER UPDATE ON keys FOR EACH ROW EXECUTE FUNCTION remember();
  ALTER TABLE keys DISABLE TRIGGER keys_audit;
  CREATE TRIGGER quiet_touch BEFORE UPDATE ON quiet FOR EACH ROW EXECUTE FUNCTION touch();
  CREATE FUNCTION loose() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
  CREATE FUNCTION pinned() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT 1';`;

describe.each([14, 15, 16, 17, 18] as const)('security on PostgreSQL %i', (major) => {
  const server = usePrivateServer({ major });

  it('every figure is as the catalogs say', async () => {
    const database = await createDatabase(await server.get(), SCHEMA);
    await database.query(`CREATE ROLE staff; CREATE ROLE lead IN ROLE staff;
      CREATE ROLE boss LOGIN CREATEDB CONNECTION LIMIT 3 PASSWORD 'boss' IN ROLE lead;
      SET password_encryption = 'md5'; CREATE ROLE old_app LOGIN PASSWORD 'Xk-93-long-and-odd'`);
    const data = await overviewOf(await open(database.url));

    await compareRoles(database.url, data.roles);
    expect(named(data.roles, 'boss')).toMatchObject({
      memberOf: [{ role: 'lead', canAdmin: false, inherits: true, canSet: true }],
      reaches: ['staff'],
      isPasswordWeak: true,
    });
    expect(named(data.roles, 'old_app')).toMatchObject({ password: 'md5', isPasswordWeak: false });
    const verifiers = await database.query<{ v: string }>(
      'SELECT rolpassword AS v FROM pg_authid WHERE rolpassword IS NOT NULL',
    );
    expect(verifiers.length).toBeGreaterThan(1);
    for (const { v } of verifiers) expect(JSON.stringify(data)).not.toContain(v);

    expect(named(data.publicGrants, 'accounts')).toMatchObject({ kind: 'table', privileges: ['SELECT'] });
    expect(named(data.publicGrants, 'plain.id')).toMatchObject({ kind: 'column', privileges: ['UPDATE'] });
    const [open_] = await database.query<{ create: boolean }>(
      "SELECT has_schema_privilege('public', 'public', 'CREATE') AS create",
    );
    expect(named(data.publicGrants, 'public').privileges.includes('CREATE')).toBe(open_?.create);

    expect(Object.fromEntries(data.functions.map((f) => [f.name, f.searchPath]))).toEqual({
      'public.loose()': null,
      'public.pinned()': 'pg_catalog',
    });
    expect(Object.fromEntries(data.auditing.map((a) => [a.name, a.coverage]))).toEqual({
      accounts: 'partly',
      keys: 'none found',
      quiet: 'none found',
    });
    expect(named(data.auditing, 'accounts').reason).toBe(
      'accounts_audit calls remember, which inserts into audit_log',
    );

    const rules = await database.query<{ line: number; method: string }>(
      'SELECT line_number AS line, auth_method AS method FROM pg_hba_file_rules',
    );
    expect(data.hbaRules?.map((r) => [r.line, r.method])).toEqual(rules.map((r) => [r.line, r.method]));
    const extensions = await database.query<{ n: string; v: string }>(
      'SELECT extname AS n, extversion AS v FROM pg_extension ORDER BY 1',
    );
    expect(data.extensions.map((e) => [e.name, e.installed])).toEqual(extensions.map((e) => [e.n, e.v]));
  });

  it('a fix that is shown mends what it is shown for', async () => {
    const database = await createDatabase(await server.get(), SCHEMA);
    const connectionId = await open(database.url);
    const before = named((await overviewOf(connectionId)).functions, 'public.loose()');
    const [verdict] = before.verdicts;
    expect(verdict).toMatchObject({ check: 'secdef-search-path', severity: 'high' });
    for (const statement of verdict?.fix?.sql ?? []) await database.query(statement);
    const after = named((await overviewOf(connectionId)).functions, 'public.loose()');
    expect(after.verdicts).toEqual([]);
    expect(after.searchPath).toContain('pg_temp');
  });

  it('roles: passwords, memberships with their options, and sessions', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE ROLE team_${major}; CREATE ROLE none_${major} LOGIN;
       CREATE ROLE lead_${major} LOGIN PASSWORD 'Kx-4471-odd' VALID UNTIL '2031-02-03 00:00:00+00';
       CREATE ROLE shy_${major} LOGIN NOINHERIT PASSWORD 'Kx-4471-odd';
       GRANT team_${major} TO lead_${major} WITH ADMIN OPTION; GRANT team_${major} TO shy_${major}`,
    );
    if (major >= 16)
      await database.query(`GRANT team_${major} TO none_${major} WITH INHERIT TRUE, SET FALSE`);
    const client = new pg.Client({
      connectionString: urlOf(database.server, database.name, {
        user: `lead_${major}`,
        password: 'Kx-4471-odd',
      }),
    });
    await client.connect();
    try {
      const { roles } = await overviewOf(await open(database.url));
      expect(named(roles, `lead_${major}`)).toMatchObject({
        password: 'scram-sha-256',
        validUntil: '2031-02-03T00:00:00Z',
        sessionsNow: 1,
        memberOf: [{ role: `team_${major}`, canAdmin: true, inherits: true, canSet: true }],
      });
      expect(named(roles, `shy_${major}`).memberOf).toEqual([
        { role: `team_${major}`, canAdmin: false, inherits: false, canSet: true },
      ]);
      expect(named(roles, `none_${major}`)).toMatchObject({ password: 'none', sessionsNow: 0 });
      expect(named(roles, `team_${major}`)).toMatchObject({ password: null, canLogin: false });
      const members = await database.query<{ m: string }>(
        `SELECT DISTINCT member::regrole::text AS m FROM pg_auth_members WHERE roleid = 'team_${major}'::regrole ORDER BY 1`,
      );
      expect([...named(roles, `team_${major}`).members].sort()).toEqual(members.map(({ m }) => m).sort());
      if (major >= 16) {
        expect(named(roles, `none_${major}`).memberOf).toEqual([
          { role: `team_${major}`, canAdmin: false, inherits: true, canSet: false },
        ]);
        // What the options mean, asked of the server.
        const [can] = await database.query<{ usage: boolean; set: boolean }>(
          `SELECT pg_has_role('none_${major}', 'team_${major}', 'USAGE') AS usage, pg_has_role('none_${major}', 'team_${major}', 'SET') AS set`,
        );
        expect(can).toEqual({ usage: true, set: false });
      }
    } finally {
      await client.end();
    }
  });

  it('audit triggers: what should have one, by the user or by names, and what they record', async () => {
    const database = await createDatabase(
      await server.get(),
      `${SCHEMA}
       CREATE TABLE full_trace (id int);
       CREATE TRIGGER trace AFTER INSERT OR UPDATE OR DELETE ON full_trace FOR EACH ROW EXECUTE FUNCTION remember();
       CREATE SCHEMA billing; CREATE TABLE billing.bills (id int); CREATE TABLE "a.b" (id int);`,
    );
    const connectionId = await open(database.url);
    const auditing = async () => (await overviewOf(connectionId)).auditing;
    const inferred = await auditing();
    const of = (name: string) => named(inferred, name);
    expect(inferred.map((a) => a.name).sort()).toEqual(['accounts', 'full_trace', 'keys', 'quiet']);
    expect(of('accounts')).toMatchObject({ expected: 'sensitive columns', coverage: 'partly' });
    expect(of('full_trace')).toMatchObject({ expected: null, coverage: 'likely' });
    expect(of('keys')).toMatchObject({ expected: 'sensitive columns', coverage: 'none found' });
    const triggers = await database.query<{ name: string; events: string }>(
      `SELECT event_object_table AS name, string_agg(event_manipulation, ',' ORDER BY
         array_position('{INSERT,UPDATE,DELETE}'::text[], event_manipulation::text)) AS events
       FROM information_schema.triggers WHERE action_statement ~ 'remember' AND event_object_table <> 'keys' GROUP BY 1 ORDER BY 1`,
    );
    expect(triggers).toEqual(
      inferred
        .filter((a) => a.events.length > 0)
        .map((a) => ({ name: a.name, events: a.events.join() }))
        .sort((a, b) => a.name.localeCompare(b.name)),
    );
    await engine.insight.security.setAudited(
      { connectionId, patterns: ['billing.*', 'full_trace', 'a*b'] },
      {},
    );
    expect((await overviewOf(connectionId)).auditedPatterns).toEqual(['billing.*', 'full_trace', 'a*b']);
    expect(Object.fromEntries((await auditing()).map((a) => [a.name, a.expected]))).toEqual({
      'a.b': 'defined',
      accounts: null,
      'billing.bills': 'defined',
      full_trace: 'defined',
    });
    await engine.insight.security.setAudited({ connectionId, patterns: null }, {});
    expect(await auditing()).toEqual(inferred);
  });

  it('a role without rights is told what is hidden, and how to see it', async () => {
    const address = await server.get();
    await query(urlOf(address, 'postgres'), `CREATE ROLE nobody_here LOGIN PASSWORD 'nobody-4c1f'`);
    const connectionId = await open(
      urlOf(address, 'postgres', { user: 'nobody_here', password: 'nobody-4c1f' }),
    );
    const { data, unread } = await engine.insight.security.overview({ connectionId, maxAgeMs: 0 }, {});
    expect(data.hbaRules).toBeNull();
    expect(data.weakPasswords).toBeNull();
    expect(data.roles.every((r) => r.password === (r.canLogin ? 'not readable' : null))).toBe(true);
    for (const fact of ['hbaRules', 'rolePasswords'] as const) {
      expect(unread.find((u) => u.fact === fact)?.grant, fact).toMatch(/^GRANT /);
    }
  });

  it('counts the sessions of others that are not encrypted', async () => {
    const database = await createDatabase(await server.get());
    const connectionId = await open(database.url);
    const client = new pg.Client({ connectionString: database.url, application_name: 'plain-witness' });
    await client.connect();
    try {
      const { sessions } = await overviewOf(connectionId);
      const witness = sessions.groups.find((s) => s.application === 'plain-witness');
      expect(witness).toMatchObject({
        count: 1,
        isLoopback: true,
        encryption: 'plain',
        verdicts: [],
      });
      expect(sessions.encrypted).toBe(0);
      expect(sessions.groups.some((s) => s.application.startsWith('pgvitals/'))).toBe(false);
    } finally {
      await client.end();
    }
  });
});

describe('security of the demo', () => {
  it('is as its catalogs say', async () => {
    const { url } = await demo.get();
    const data = await overviewOf(await open(url));
    await compareRoles(url, data.roles);
    const [truth] = await query<{ definers: number; enabled: number }>(
      url,
      `SELECT (SELECT count(*) FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace)::int AS definers,
         (SELECT count(*) FROM pg_class WHERE relrowsecurity)::int AS enabled`,
    );
    expect(data.functions.filter((f) => f.name.startsWith('public.'))).toHaveLength(truth?.definers ?? -1);
    expect(data.rowSecurity.enabled).toBe(truth?.enabled);
  });
});
