import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Audit } from '#shared/model/audit.ts';
import type { MonitoringChoiceId, MonitoringScript } from '#shared/model/privileges.ts';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';
import { scramVerifier } from '#engine/postgres/scram-verifier.ts';
import { stateOf } from '../support/catalog-state.ts';
import { useEngine } from '../support/insight.ts';
import { MAJORS } from '../support/plan-database.ts';
import { query, urlOf, usePrivateServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const PASSWORD = 'k3v9-Watcher-x';
/** Reads like a connection string, and like the end of a quoted name. */
const ODD = `other db='1" \\x`;

const SCHEMA = `
  CREATE SCHEMA stats; REVOKE ALL ON SCHEMA stats FROM PUBLIC;
  CREATE EXTENSION pg_stat_statements SCHEMA stats; CREATE EXTENSION pgstattuple;
  CREATE TABLE t (id serial PRIMARY KEY, v text);
  INSERT INTO t (v) SELECT repeat('x', 90) FROM generate_series(1, 150000); ANALYZE t`;

/** None may do anything, with the belt of the role and without. */
const WRITES = [
  `INSERT INTO t (v) VALUES ('y')`,
  `UPDATE t SET v = 'y' WHERE id = 1`,
  'DELETE FROM t WHERE id = 1',
  'TRUNCATE t',
  'DROP TABLE t',
  'CREATE INDEX ON t (v)',
  `SELECT nextval('t_id_seq')`,
  'CREATE SCHEMA mine',
  'CREATE TABLE stats.mine (id int)',
  'CREATE ROLE mine',
  `ALTER SYSTEM SET work_mem = '8MB'`,
  'SELECT stats.pg_stat_statements_reset()',
  `COPY t TO PROGRAM 'true'`,
  `SELECT pg_read_file('postgresql.conf')`,
  'CREATE TABLE public.mine (id int)',
] as const;

describe.each(MAJORS)('the role for monitoring on %i', (major) => {
  const shared = usePrivateServer({ major });
  let server: EmbeddedPostgres;
  let admin: pg.Client;
  let connectionId: string;

  beforeAll(async () => {
    server = await shared.get();
    const url = urlOf(server, 'postgres');
    await query(url, SCHEMA);
    await query(url, `CREATE DATABASE "${ODD.replaceAll('"', '""')}"`);
    await inOdd(
      server,
      'CREATE SCHEMA own; REVOKE ALL ON SCHEMA own FROM PUBLIC; CREATE EXTENSION pg_stat_statements SCHEMA own',
    );
    // A database that does not let everybody in.
    await query(url, 'REVOKE ALL ON DATABASE postgres FROM PUBLIC');
    admin = new pg.Client(url);
    await admin.connect();
    connectionId = await open(url);
  }, 60_000);
  afterAll(() => admin?.end());

  const scriptFor = (name: string, choices: readonly MonitoringChoiceId[]): Promise<MonitoringScript> =>
    engine.insight.privileges.script({ connectionId, name, choices }, {});
  const state = async (): Promise<string> => {
    const memberships = await query(
      urlOf(server, 'postgres'),
      `SELECT roleid::regrole, member::regrole FROM pg_auth_members ORDER BY 1, 2`,
    );
    const views = await query(
      urlOf(server, 'postgres'),
      `SELECT oid::regclass, e.* FROM pg_class, aclexplode(relacl) e WHERE relname IN ('pg_hba_file_rules', 'pg_file_settings')
       UNION ALL SELECT oid::regprocedure::oid::regclass, e.* FROM pg_proc, aclexplode(proacl) e
       WHERE proname IN ('pg_hba_file_rules', 'pg_show_all_file_settings') ORDER BY 1, 3, 4`,
    );
    return `${await stateOf(urlOf(server, 'postgres'), admin)}\n${JSON.stringify([memberships, views])}\n${await globalsOf(server)}`;
  };
  /** As psql reads it, but for the question at its end: a verifier is what it would send. */
  const make = async (name: string, { script }: MonitoringScript): Promise<string> => {
    expect(script?.endsWith(`\n\\password ${pg.escapeIdentifier(name)}\n`)).toBe(true);
    await psql(server, script?.replace(/^\\password .*$/m, '') ?? '');
    const verifier = scramVerifier(PASSWORD);
    await admin.query(`ALTER ROLE ${pg.escapeIdentifier(name)} PASSWORD ${pg.escapeLiteral(verifier)}`);
    return urlOf(server, 'postgres', { user: name, password: PASSWORD });
  };

  it('sees what it says it sees, writes nothing, and leaves no trace', async () => {
    const name = `watch "er" $pgvitals$ ' \\ä`;
    const before = await state();
    const made = await scriptFor(name, ['signal', 'data', 'files', 'everywhere']);
    const url = await make(name, made);

    const audit = await auditOf(url);
    expect(checksWithout(audit, made)).toEqual([]);
    // pg_read_all_data opens pg_authid too, and the script says so.
    expect(lacking(audit)).toEqual([]);
    expect(made.warnings.join(' ')).toContain('pg_authid');
    await expectNoWrites(url, major);
    // In the other database too it reads the statements, and nobody else may.
    const elsewhere = await inOdd(server, 'SELECT count(*) > 0 AS any FROM own.pg_stat_statements', {
      user: name,
      password: PASSWORD,
    });
    expect(elsewhere).toEqual([{ any: true }]);
    const [standing] = await query(
      url,
      `SELECT rolconnlimit AS most, pg_has_role('pg_signal_backend', 'USAGE') AS signals,
         current_setting('default_transaction_read_only') AS readonly, current_setting('statement_timeout') AS timeout
       FROM pg_roles WHERE rolname = current_user`,
    );
    expect(standing).toEqual({ most: 5, signals: true, readonly: 'on', timeout: '1min' });

    await psql(server, made.undo ?? '');
    expect(await state()).toEqual(before);
  }, 60_000);

  it('without any choice sees no row of a table, and says which checks miss that', async () => {
    const name = 'plain_watcher';
    const before = await state();
    const made = await scriptFor(name, []);
    const url = await make(name, made);

    const audit = await auditOf(url);
    expect(checksWithout(audit, made)).toEqual([]);
    expect(lacking(audit)).toEqual(expect.arrayContaining(['hba-weak-auth', 'table-bloat', 'weak-password']));
    await expectNoWrites(url, major);
    await expect(query(url, 'SELECT * FROM t')).rejects.toMatchObject({ code: '42501' });
    await expect(query(url, 'SELECT * FROM pgstattuple_approx(16384)')).rejects.not.toMatchObject({
      code: '42501',
    });

    // The page says the same as the audit: which checks, for want of what.
    const { data } = await engine.insight.privileges.overview({ connectionId: await open(url) }, {});
    expect(data.role).toMatchObject({
      name,
      isSuperuser: false,
      ownsDatabase: false,
      isReadOnlyByDefault: true,
    });
    const told = data.capabilities.flatMap(({ blocked, partial }) => [...blocked, ...partial]);
    expect(new Set(told)).toEqual(new Set(lacking(audit)));
    const verdicts = Object.fromEntries(data.capabilities.map(({ key, verdict }) => [key, verdict]));
    expect(verdicts).toMatchObject({
      catalog: 'yes',
      sessions: 'yes',
      statements: 'yes',
      settings: 'yes',
      sizes: 'yes',
      'column statistics': 'partly',
      sequences: 'partly',
      hba: 'no',
      files: 'no',
      passwords: 'no',
      bloat: 'yes',
      log: 'no',
      data: 'no',
      signal: 'no',
    });

    // Each statement of the table unlocks what it stands beside.
    for (const { unlock } of data.capabilities) if (unlock) await admin.query(unlock);
    const unlocked = await engine.insight.privileges.overview(
      { connectionId: await open(url), maxAgeMs: 0 },
      {},
    );
    expect(unlocked.data.capabilities.filter(({ verdict }) => verdict !== 'yes')).toEqual([]);
    await admin.query(`DROP OWNED BY ${name}; DROP ROLE ${name}`);
    expect(await state()).toEqual(before);
  }, 60_000);

  it('is made by an administrator who is no superuser, as services have them', async () => {
    await admin.query(`
      CREATE ROLE rdsadmin; CREATE ROLE rds_superuser;
      CREATE ROLE master LOGIN CREATEROLE PASSWORD '${PASSWORD}'; GRANT rds_superuser TO master;
      GRANT pg_monitor, pg_signal_backend TO master WITH ADMIN OPTION`);
    await admin.query('CREATE DATABASE rented OWNER master');
    const master = { user: 'master', password: PASSWORD };
    const id = await open(urlOf(server, 'rented', master));
    const before = await state();
    const made = await engine.insight.privileges.script(
      { connectionId: id, name: 'tenant', choices: ['signal'] },
      {},
    );
    await psql(server, made.script?.replace(/^\\password .*$/m, '') ?? '', 'rented', master);
    const { data } = await engine.insight.privileges.overview({ connectionId: id }, {});
    expect(data.role).toMatchObject({
      service: 'Amazon RDS',
      ownsDatabase: true,
      attributes: ['CREATEROLE'],
    });
    expect(data.capabilities.find(({ key }) => key === 'hba')).toMatchObject({
      verdict: 'no',
      unlock: null,
      step: 'Amazon RDS gives this right to nobody.',
      blocked: ['hba-weak-auth'],
    });
    await psql(server, made.undo ?? '', 'rented', master);
    expect(await state()).toEqual(before);
    await engine.closeConnection(id);
    await admin.query('DROP DATABASE rented WITH (FORCE)');
    await admin.query('DROP ROLE master, rds_superuser, rdsadmin');
  });
});

/** Every check that lacks a right, whole or in part. */
function lacking({ coverage }: Audit): readonly string[] {
  return [
    ...new Set(coverage.skipped.filter(({ grant }) => grant !== null).map(({ check }) => check)),
  ].sort();
}

/** Checks that lack a right although the script promised that they would not. */
function checksWithout(audit: Audit, { closed }: MonitoringScript): readonly string[] {
  const promised = new Set(closed.flatMap(({ checks }) => checks));
  return lacking(audit).filter((check) => !promised.has(check));
}

async function auditOf(url: string): Promise<Audit> {
  const id = await open(url);
  for await (const event of engine.audit(id, {})) if (event.type === 'done') return event.audit;
  throw new Error('no audit');
}

async function expectNoWrites(url: string, major: number): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  const codes = async (): Promise<Record<string, string>> => {
    const found: Record<string, string> = {};
    for (const sql of WRITES)
      found[sql] = await client.query(sql).then(
        () => 'done',
        ({ code }: { code: string }) => code,
      );
    return found;
  };
  try {
    const belted = await codes();
    expect(Object.entries(belted).filter(([, code]) => code !== '25006' && code !== '42501')).toEqual([]);
    await client.query('SET default_transaction_read_only = off');
    const free = Object.entries(await codes()).filter(([, code]) => code !== '42501');
    // Before 15 PUBLIC may create in the schema public, and the script warns of it.
    expect(free).toEqual(major < 15 ? [['CREATE TABLE public.mine (id int)', 'done']] : []);
    if (major < 15) await client.query('DROP TABLE public.mine');
  } finally {
    await client.end();
  }
}

/** The driver's own parser of URLs does not know such names. */
async function inOdd(
  { host, port, user, password }: EmbeddedPostgres,
  sql: string,
  as: { readonly user: string; readonly password: string } = { user, password },
): Promise<readonly unknown[]> {
  const client = new pg.Client({ host, port, database: ODD, ...as });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** As pg_dumpall prints roles; Debian's refuses servers that are newer than itself. */
async function globalsOf({ host, port, user, password, major }: EmbeddedPostgres): Promise<string> {
  if (major > 15) return '';
  const args = ['--globals-only', '-h', host, '-p', String(port), '-U', user];
  const env = { PATH: process.env['PATH'], PGPASSWORD: password, LC_ALL: 'C.UTF-8' };
  const { stdout } = await promisify(execFile)('pg_dumpall', args, { env });
  return stdout.replaceAll(/^\\(un)?restrict .*$/gm, '').replaceAll(/^-- (Started|Completed) on .*$/gm, '');
}

function psql(
  server: EmbeddedPostgres,
  script: string,
  database = 'postgres',
  { user, password }: { readonly user: string; readonly password: string } = server,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const args = ['-X', '-q', '-h', server.host, '-p', String(server.port), '-U', user, database];
    const env = { PATH: process.env['PATH'], PGPASSWORD: password, LC_ALL: 'C.UTF-8' };
    const child = execFile('psql', args, { env }, (error, _out, stderr) =>
      error ? reject(new Error(`${stderr}\n${script}`)) : resolve(),
    );
    child.stdin?.end(script);
  });
}
