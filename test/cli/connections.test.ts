import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProfiles } from '#engine/profiles/profiles.ts';
import { runCli } from '../support/cli.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

const server = useServer();
let database: TestDatabase;
let base: string;
const run = (args: readonly string[]) => runCli(args, { env: { XDG_DATA_HOME: base } });

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'pgvitals-cli-'));
  database = await createDatabase(
    await server.get(),
    `CREATE TABLE items (note text); CREATE INDEX items_note ON items (note); CREATE INDEX items_note_again ON items (note);
     INSERT INTO items SELECT repeat('x', 100) FROM generate_series(1, 5000); ANALYZE`,
  );
  const url = new URL(database.url);
  url.password = '';
  await createProfiles({
    host: { dataDir: join(base, 'pgvitals'), secrets: null, confirmCommand: null, log: () => undefined },
    lastAudit: () => null,
    connectionOf: () => null,
  }).save({
    id: null,
    name: 'Shop',
    environment: 'production',
    group: 'EU',
    notes: '',
    connection: { text: url.href },
    passwordCommand: null,
    keepPassword: false,
  });
});
afterAll(async () => {
  await database?.drop();
  await rm(base, { recursive: true, force: true });
});

it('a saved connection is found by name, with the password that its command prints', async () => {
  const { password } = await server.get();
  expect((await run(['connections'])).stdout).toMatch(
    /^Production {3}Shop {2}\(EU\) {2}postgres@127\.0\.0\.1:\d+\/test_\w+\n$/,
  );
  const asked = await run(['doctor', '-c', 'Shop']);
  expect([asked.code, asked.stdout]).toEqual([3, expect.stringContaining('none was given')]);
  const command = `printf '%s' '${password}'`;
  expect((await run(['connections', 'set-command', 'Shop', command])).stderr).toBe(
    'It is run at each login.\n',
  );
  expect((await run(['doctor', '-c', 'Shop'])).code).toBe(0);
  expect(await run(['audit', '-c', 'Shop', 'postgresql://x'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('both given'),
  });
  expect(await run(['audit', '-c', 'Nothing'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There are: Shop.'),
  });

  // Production asks for its name here as well.
  const plan = await run(['fix', '-c', 'Shop', '--only', 'duplicate-index']);
  expect(plan.stdout).toMatch(/--confirm "items_note(_again)? on Shop"/);
});

it('they are handed on without passwords and commands', async () => {
  const exported = await run(['connections', 'export']);
  expect(exported.stdout).not.toContain('printf');
  const file = join(base, 'exported.json');
  await writeFile(file, exported.stdout.replace('"Shop"', '"Other"'));
  expect((await run(['connections', 'import', file])).stderr).toBe('1 connection added.\n');
  expect(JSON.parse((await run(['connections', 'list', '--json'])).stdout)).toHaveLength(2);
});

it('a .env file leads to the database that it names, before the environment does, and runs nothing', async () => {
  const url = new URL(database.url);
  const file = join(base, '.env');
  const at = async (text: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    await writeFile(file, text);
    return runCli([...args, '--dotenv', file], { env: { XDG_DATA_HOME: base, ...env } });
  };
  // Node itself would obey this one, had the flag the name that Node looks for.
  const password = decodeURIComponent(url.password);
  url.password = '';
  const named = `NODE_OPTIONS=--no-such-option\nexport DATABASE_URL="${url.href}"\nPGPASSWORD='${password}'\n`;
  expect((await at(named, ['doctor'], { DATABASE_URL: 'postgresql://u@elsewhere.invalid/x' })).code).toBe(0);
  const parts = `PGHOST=${url.hostname}\nPGPORT=${url.port}\nPGDATABASE=${url.pathname.slice(1)}\nPGUSER=${url.username}\n`;
  const env = { PGHOST: 'elsewhere.invalid', PGPASSWORD: password };
  expect((await at(parts, ['doctor'], env)).code).toBe(0);
  expect(await at(parts, ['doctor', 'postgresql://x'])).toMatchObject({
    code: 2,
    stderr: 'pgvitals: A .env file and an address were both given. Use either --dotenv or the address.\n',
  });
  // What is asked before a change is the same as for any address.
  const fix = await at(named, ['fix', '--only', 'duplicate-index', '--apply']);
  expect([fix.code, fix.stderr]).toEqual([2, expect.stringContaining('--yes')]);
});
