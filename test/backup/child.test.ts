import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { sweepPasswordFiles } from '#engine/backup/password-file.ts';
import { quoteLiteral } from '#engine/postgres/quote.ts';
import { Secret } from '#engine/secret.ts';
import { filesWith, watchCommandLines } from '../support/backup-faults.ts';
import { PG_DUMP, runClient, scriptOf } from '../support/client.ts';
import { fakeClient } from '../support/fake-client.ts';
import { createDatabase, type TestDatabase, urlOf, useServer } from '../support/postgres.ts';

const server = useServer(15);
let base = '';
let database: TestDatabase;
const roles: string[] = [];
const suffix = Math.random().toString(36).slice(2, 10);

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'pgvitals-child-'));
  database = await createDatabase(
    await server.get(),
    `CREATE TABLE "fatal error: hint" AS SELECT i, pg_catalog.md5(i::text) AS text FROM pg_catalog.generate_series(1, 30000) i;
     CREATE TABLE marker AS SELECT 'the right one'::text AS whose;
     CREATE TABLE third AS SELECT * FROM "fatal error: hint"`,
  );
});
afterAll(async () => {
  if (database) for (const role of roles) await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await database?.drop();
  await rm(base, { recursive: true, force: true });
});
// Password files of this file alone.
beforeEach(async () => {
  const runtime = await mkdtemp(join(base, 'run-'));
  vi.stubEnv('XDG_RUNTIME_DIR', runtime);
});
afterEach(() => vi.unstubAllEnvs());

const passwordFolder = () => join(process.env['XDG_RUNTIME_DIR'] ?? '', `pgvitals-${process.getuid?.()}`);

async function createRole(name: string, password: string): Promise<{ user: string; password: string }> {
  await database.query(
    `CREATE ROLE ${name} LOGIN PASSWORD ${quoteLiteral(password)}; GRANT pg_read_all_data TO ${name}`,
  );
  roles.push(name);
  return { user: name, password };
}

function fake(name: string, script: string): Promise<string> {
  return fakeClient(join(base, name), { all: script }).then((folder) => join(folder, 'pg_dump'));
}

describe('the environment of a client (F39)', () => {
  const hostile = (home: string): Readonly<Record<string, string>> => ({
    HOME: home,
    PGHOST: '127.0.0.9',
    PGHOSTADDR: '127.0.0.9',
    PGPORT: '1',
    PGDATABASE: 'evil',
    PGUSER: 'evil',
    PGPASSWORD: 'wrong',
    PGPASSFILE: join(home, '.pgpass'),
    PGSERVICE: 'evil',
    PGSERVICEFILE: join(home, '.pg_service.conf'),
    PGSYSCONFDIR: home,
    PGOPTIONS: '-c search_path=evil -c no_such_setting=1',
    PGSSLMODE: 'verify-full',
    PGREQUIRESSL: '1',
    PGSSLROOTCERT: join(home, 'none.crt'),
    PGSSLCERT: join(home, 'none.crt'),
    PGSSLKEY: join(home, 'none.key'),
    PGSSLCRL: join(home, 'none.crl'),
    PGSSLMINPROTOCOLVERSION: 'TLSv1.3',
    PGREQUIREPEER: 'nobody',
    PGCHANNELBINDING: 'require',
    PGGSSENCMODE: 'require',
    PGTARGETSESSIONATTRS: 'standby',
    PGCLIENTENCODING: 'SQL_ASCII',
    PGAPPNAME: 'evil',
    PGCONNECT_TIMEOUT: '1',
    PGDATESTYLE: 'German',
    PGTZ: 'nowhere',
    PGGEQO: 'x',
    PG_COLOR: 'always',
    PGREQUIREAUTH: 'none',
    LD_PRELOAD: join(home, 'none.so'),
  });

  async function hostileHome(): Promise<string> {
    const home = await mkdtemp(join(base, 'home-'));
    await writeFile(join(home, '.pgpass'), '*:*:*:*:wrong\n', { mode: 0o600 });
    await writeFile(join(home, '.pg_service.conf'), '[evil]\nhost=127.0.0.9\ndbname=evil\n');
    return home;
  }

  test('nothing that the user has set for other programs has an effect', async () => {
    const variables = hostile(await hostileHome());
    const archive = join(base, 'environment.dump');
    // What it is about: by themselves they lead elsewhere.
    const given = spawn(PG_DUMP, ['--no-password', '--schema-only'], {
      env: { ...process.env, ...variables, LD_PRELOAD: '' },
    });
    expect((await once(given, 'close'))[0]).not.toBe(0);

    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    const { code, lines } = await runClient(PG_DUMP, database.url, ['--format=custom', `--file=${archive}`]);
    expect([code, lines]).toEqual([0, []]);
    expect(await scriptOf(archive)).toContain('the right one');
    // A password file of the user's home is none of ours.
    const right = new URL(database.url);
    await writeFile(join(variables['HOME'] ?? '', '.pgpass'), `*:*:*:*:${right.password}\n`, { mode: 0o600 });
    right.password = '';
    const without = await runClient(PG_DUMP, right.href, ['--schema-only']);
    expect([without.code, without.lines.at(-1)]).toEqual([
      1,
      expect.stringContaining('no password supplied'),
    ]);
    expect(without.lines).toHaveLength(1);
  });

  test('it has what a program needs, and three settings of ours', async () => {
    for (const [name, value] of Object.entries(hostile(await hostileHome()))) vi.stubEnv(name, value);
    const { output } = await runClient(await fake('env', 'env'), null, [], { password: new Secret('x') });
    const names = output.split('\n').flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
    // The shell adds PWD and the like.
    expect(names.filter((name) => !['PWD', 'SHLVL', 'OLDPWD', '_'].includes(name)).toSorted()).toEqual([
      'HOME',
      'LANG',
      'LC_ALL',
      'PATH',
      'PGPASSFILE',
      'PGSERVICEFILE',
      'PGSYSCONFDIR',
      'TMPDIR',
    ]);
  });
});

describe('the password of a client', () => {
  test.each(
    [
      'co:lon',
      'back\\slash',
      '\\:\\\\',
      'line\nbreak',
      'carriage\rreturn',
      'ends with\n',
      `quo'te"s`,
      ' blanks ',
      '#hash',
      '*',
      'pässwörd €🐘',
      "dbname='evil' host=127.0.0.9",
      'x'.repeat(600),
    ].map((password) => ({ password, label: JSON.stringify(password).slice(0, 40) })),
  )('$label logs in (F40)', async ({ password }) => {
    const role = await createRole(`f40_${suffix}_${roles.length}`, password);
    const url = urlOf(database.server, database.name, role);
    const { code, lines } = await runClient(PG_DUMP, url, ['--schema-only', '--table=marker']);
    expect([code, lines]).toEqual([0, []]);
  });

  test('a wrong one fails with the words of the server', async () => {
    const url = urlOf(database.server, database.name, { user: 'postgres', password: 'wrong:\\' });
    const { code, errors } = await runClient(PG_DUMP, url, ['--schema-only']);
    expect([code, errors]).toEqual([1, [expect.stringContaining('password authentication failed')]]);
  });

  test('its file is for this user alone, and gone afterwards (F41)', async () => {
    const path = await fake(
      'show',
      'stat -c "%a %F" "$PGPASSFILE" "$(dirname "$PGPASSFILE")"; cat "$PGPASSFILE"',
    );
    const before = process.umask(0o022);
    try {
      const { output } = await runClient(path, null, [], { password: new Secret('a:b\\c') });
      expect(output).toBe('600 regular file\n700 directory\n*:*:*:*:a\\:b\\\\c\n');
    } finally {
      process.umask(before);
    }
    expect(await readdir(passwordFolder())).toEqual([]);
  });

  test('its file is gone after every other end, too', async () => {
    const waits = await fake('waits', 'echo started; sleep 60');
    const stop = new AbortController();
    const cancelled = runClient(waits, null, [], {
      password: new Secret('x'),
      signal: stop.signal,
      onOutput: async (output) => {
        await once(output, 'data');
        expect(await readdir(passwordFolder())).toHaveLength(1);
        // A sweep by another start leaves it alone: its process lives.
        await sweepPasswordFiles();
        expect(await readdir(passwordFolder())).toHaveLength(1);
        stop.abort();
      },
    });
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await readdir(passwordFolder())).toEqual([]);
    const missing = runClient('/nonexistent/pg_dump', null, [], { password: new Secret('x') });
    await expect(missing).rejects.toMatchObject({ code: 'TOOL_MISSING' });
    const endless = runClient(waits, null, ['x'.repeat(4_000_000)], { password: new Secret('x') });
    await expect(endless).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      message: expect.stringContaining('E2BIG'),
    });
    expect(await readdir(passwordFolder())).toEqual([]);
  });

  test('what a killed app leaves behind is swept at the next start', async () => {
    const app = spawn(process.execPath, [
      join(import.meta.dirname, '../support/run-and-die.ts'),
      await fake('sleeps', 'exec sleep 60'),
      'canary',
    ]);
    const [said] = (await once(app.stdout, 'data')) as [Buffer];
    const orphan = Number(said.toString());
    try {
      const exited = once(app, 'exit');
      app.kill('SIGKILL');
      await exited;
      const [left = ''] = await readdir(passwordFolder());
      expect(left).toMatch(new RegExp(`^${app.pid}-`));
      // A file that is not ours stays, and so does one of a process that lives.
      await writeFile(join(passwordFolder(), 'notes.txt'), '');
      await writeFile(join(passwordFolder(), `${process.pid}--0a`), '');
      // A later process with that number is another one.
      await writeFile(join(passwordFolder(), `${process.pid}-30-0a`), '');
      await sweepPasswordFiles();
      expect((await readdir(passwordFolder())).toSorted()).toEqual([`${process.pid}--0a`, 'notes.txt']);
    } finally {
      process.kill(orphan, 'SIGKILL');
    }
  });

  test('a folder that others made or can enter is refused', async () => {
    const run = () => runClient(PG_DUMP, null, ['--version'], { password: new Secret('x') });
    await mkdir(passwordFolder());
    await chmod(passwordFolder(), 0o755);
    await expect(run()).rejects.toMatchObject({ code: 'FILE_NOT_WRITABLE' });
    await rm(passwordFolder(), { recursive: true });
    await symlink(base, passwordFolder());
    await expect(run()).rejects.toMatchObject({ code: 'FILE_NOT_WRITABLE' });
  });

  test('a canary is in no command line, no line of stderr and no file', async () => {
    const canary = `canary${suffix}`;
    const role = await createRole(`canary_${suffix}`, canary);
    const stop = new AbortController();
    const watching = watchCommandLines(stop.signal);
    const place = await mkdtemp(join(base, 'canary-'));
    const url = urlOf(database.server, database.name, role);
    const args = ['--verbose', '--compress=9', '--format=custom', `--file=${join(place, 'data.dump')}`];
    const { code, lines } = await runClient(PG_DUMP, url, args);
    stop.abort();
    const seen = await watching;
    expect(code).toBe(0);
    expect(lines.length).toBeGreaterThan(10);
    expect(seen.filter((line) => line.includes('pgvitals/backup:test'))).not.toEqual([]);
    expect([...seen, ...lines].filter((line) => line.includes(canary))).toEqual([]);
    expect(await filesWith(base, canary)).toEqual([]);
  });
});
