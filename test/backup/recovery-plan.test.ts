import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BackupShape } from '#shared/model/backup.ts';
import { quoteKeywordValue } from '#engine/postgres/keyword-string.ts';
import { backing } from '../support/backups.ts';
import { type TestServer, usePrivateServer } from '../support/postgres.ts';

/** The commands of the plan, run as they are printed by a shell that knows nothing else. */

const run = promisify(execFile);
const source = usePrivateServer({ major: 15 });
const other = usePrivateServer({ major: 16 });

/** Tries to be a command, a variable, an option and a connection string, and ends with a line break. */
const ODD = `--it's "odd" $(touch pwned) \`touch pwned\` \\x=y ü\n`;
const TABLE = `o'rders "x" $HOME \`\`\` |`;
const ROLE = `ro'le "x" $y`;
const name = (text: string): string => pg.escapeIdentifier(text);

async function stage(
  server: TestServer,
  database: string,
  shape: BackupShape,
): Promise<{ readonly plan: string; readonly html: string }> {
  await ask(server, 'postgres', `CREATE DATABASE ${name(database)}`);
  await ask(
    server,
    database,
    `DO $do$ BEGIN CREATE ROLE ${name(ROLE)}; EXCEPTION WHEN duplicate_object THEN NULL; END $do$;
     CREATE SCHEMA ${name('Odd "one"')};
     CREATE TABLE ${name('Odd "one"')}.${name(TABLE)} (id int PRIMARY KEY, note text);
     INSERT INTO ${name('Odd "one"')}.${name(TABLE)} SELECT n, 'note ' || n FROM generate_series(1, 3000) n;
     CREATE TABLE customers (id int PRIMARY KEY, name text);
     INSERT INTO customers SELECT n, 'name ' || n FROM generate_series(1, 1000) n;
     ALTER TABLE customers OWNER TO ${name(ROLE)};
     ALTER DATABASE ${name(database)} SET work_mem = '7MB'`,
  );
  const { host, port, user, password } = server;
  const { create, engine, connectionId } = await backing(
    `host=${host} port=${port} user=${user} password=${password} dbname=${quoteKeywordValue(database)}`,
  );
  expect((await create({ shape })).error).toBeNull();
  const plan = await engine.backups.recoveryPlan(connectionId, 'md', {});
  const html = await engine.backups.recoveryPlan(connectionId, 'html', {});
  expect(plan).toMatchObject({ mediaType: 'text/markdown', fileName: expect.stringMatching(/\.md$/) });
  return { plan: plan.text, html: html.text };
}

describe('the commands of the recovery plan', () => {
  for (const [database, shape] of [
    ['shop', 'default'],
    [ODD, 'fast'],
  ] as const)
    it(`bring the data back on another server, in place, and table by table: ${JSON.stringify(database)}`, async () => {
      const old = await source.get();
      const { plan, html } = await stage(old, database, shape);
      for (const text of [plan, html]) expect(text).not.toContain(old.password);
      const truth = await contents(old, database);
      const target = await otherServer(old.password);

      const restored = await follow(plan, 'If the server is gone', target);
      expect(await contents(target, database)).toEqual(truth);
      expect(restored.match(/\|\s+(\d+) \|\s+\1$/gm)).toHaveLength(2);

      // Destroyed: half of the rows are gone, and one was added.
      await ask(target, database, 'DELETE FROM customers WHERE id > 500');
      await follow(plan, 'If the data was destroyed, and the server is well', target);
      expect((await contents(target, database)).rows).toEqual(truth.rows);
      expect(await ask(target, `${database}_old`, 'SELECT count(*)::int FROM customers')).toEqual([
        { count: 500 },
      ]);

      // Dropped: the largest table, which the plan takes for its example.
      await ask(target, database, `DROP TABLE ${name('Odd "one"')}.${name(TABLE)}`);
      await follow(plan, 'If one table was dropped', target);
      expect((await contents(target, database)).rows).toEqual(truth.rows);
    });
});

/** Runs the section's blocks in one shell, on this server. */
async function follow(plan: string, title: string, server: TestServer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pgv-recovery-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const lines = { PGHOST: server.host, PGPORT: String(server.port), PGUSER: server.user };
  let script = sectionOf(plan, title);
  // As the plan says: "Change these lines if it is another one."
  for (const [variable, value] of Object.entries(lines)) {
    expect(script).toMatch(new RegExp(`^${variable}=`, 'm'));
    script = script.replace(new RegExp(`^${variable}=.*$`, 'm'), `${variable}='${value}'`);
  }
  const { stdout, stderr } = await run('sh', ['-c', script], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, PGPASSWORD: server.password, LC_ALL: 'C.UTF-8' },
  });
  const errors = stderr.split('\n').filter((line) => /error|fatal|not found/i.test(line));
  expect(
    errors.filter((line) => !/role "postgres" already exists|role ".*" already exists/.test(line)),
  ).toEqual([]);
  expect((await readdir(folder)).filter((file) => file !== 'post-data.sql')).toEqual([]);
  return stdout;
}

function sectionOf(plan: string, title: string): string {
  const section = plan.split(/^## /m).find((part) => part.startsWith(title));
  if (section === undefined) throw new Error(`no section ${title}`);
  const blocks = [...section.matchAll(/^(`{3,})sh\n([\s\S]*?)\n\1$/gm)].map(([, , text = '']) => text);
  expect(blocks.length).toBeGreaterThan(1);
  return blocks.join('\n');
}

/** With the password of the old server: the globals bring it along, as the plan says. */
async function otherServer(password: string): Promise<TestServer> {
  const { host, port, user, major, password: own } = await other.get();
  const changed = { host, port, user, major, password };
  const isChanged = await ask(changed, 'postgres', 'SELECT 1').then(
    () => true,
    () => false,
  );
  if (!isChanged)
    await ask(
      { ...changed, password: own },
      'postgres',
      `ALTER ROLE postgres PASSWORD ${pg.escapeLiteral(password)}`,
    );
  return changed;
}

async function ask(server: TestServer, database: string, sql: string): Promise<readonly object[]> {
  const { host, port, user, password } = server;
  const client = new pg.Client({ host, port, user, password, database });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<object>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function contents(
  server: TestServer,
  database: string,
): Promise<{ readonly rows: unknown; readonly around: unknown }> {
  const hash = (table: string): string =>
    `(SELECT count(*) || ' ' || sum(hashtextextended(t::text, 0)::numeric) FROM ${table} t)`;
  return {
    rows: await ask(
      server,
      database,
      `SELECT ${hash('customers')} AS customers, ${hash(`${name('Odd "one"')}.${name(TABLE)}`)} AS odd`,
    ),
    around: await ask(
      server,
      database,
      `SELECT pg_get_userbyid(relowner) AS owner, current_setting('work_mem') AS work_mem, getdatabaseencoding(), datcollate
       FROM pg_class, pg_database WHERE relname = 'customers' AND datname = current_database()`,
    ),
  };
}
