import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { PlanPreview } from '#shared/model/plan.ts';
import { runCli } from '../support/cli.ts';
import { differingLines, schemaOf } from '../support/fixes.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

const server = useServer(15);
let database: TestDatabase;
let admin: pg.Client;
let env: Record<string, string>;

beforeAll(async () => {
  env = { XDG_DATA_HOME: await mkdtemp(join(tmpdir(), 'pgvitals-fix-')) };
  database = await createDatabase(
    await server.get(),
    `CREATE TABLE customers (id int PRIMARY KEY);
     CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, note text);
     INSERT INTO customers SELECT generate_series(1, 1000);
     INSERT INTO orders SELECT g, 1 + g % 1000, repeat('x', 200) FROM generate_series(1, 60000) g;
     CREATE INDEX orders_note ON orders (note); CREATE INDEX orders_note_again ON orders (note);
     ANALYZE;`,
  );
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
});

afterAll(async () => {
  await admin?.end();
  await database?.drop();
  await rm(env['XDG_DATA_HOME'] ?? '', { recursive: true, force: true });
});

let schema: string;
beforeEach(async () => {
  schema = await schemaOf(database.url, admin);
});
const isUnchanged = async (): Promise<boolean> =>
  differingLines(schema, await schemaOf(database.url, admin)).length === 0;

describe('pgvitals fix', () => {
  it('shows the plan with SQL, lock and undo, and changes nothing', async () => {
    const result = await runCli(['fix', database.url, '--only', 'duplicate-index'], { env });
    expect(result).toMatchObject({ code: 0 });
    expect(result.stdout).toMatch(/DROP INDEX CONCURRENTLY "public"\."orders_note(_again)?";/);
    expect(result.stdout).toMatch(/undo: CREATE INDEX CONCURRENTLY "orders_note/);
    expect(result.stdout).toMatch(/Reads and writes of orders go on/);
    expect(result.stdout).toMatch(/--confirm "orders_note(_again)?"/);
    expect(await isUnchanged()).toBe(true);
  });

  it('says what a script can use', async () => {
    const plan = JSON.parse(
      (await runCli(['fix', database.url, '--only', 'duplicate-index', '-f', 'json'], { env })).stdout,
    ) as PlanPreview;
    expect(plan).toMatchObject({ risk: 'R4', actions: [{ way: 'exact' }] });
    const alembic = await runCli(['fix', database.url, '--only', 'duplicate-index', '-f', 'alembic'], {
      env,
    });
    expect(alembic.stdout).toMatch(
      /def downgrade\(\) -> None:\n {4}with op\.get_context\(\)\.autocommit_block/,
    );
  });

  it.each([
    [['--apply'], 2, /--apply needs --yes and --max-risk/],
    [['--apply', '--yes'], 2, /--max-risk/],
    [['--apply', '--yes', '--max-risk', 'R9'], 2, /one of R1, R2, R3, R4/],
    [['--apply', '--yes', '--max-risk', 'R4'], 5, /Type orders_note/],
    [['--apply', '--yes', '--max-risk', 'R4', '--confirm', 'orders'], 5, /Type orders_note/],
    [['--undo', 'abcdefabcdefabcd'], 2, /not in the journal/],
  ] as const)('refuses %o', async (flags, code, words) => {
    const only = flags[0] === '--undo' ? [] : ['--only', 'duplicate-index'];
    const result = await runCli(['fix', database.url, ...only, ...flags], { env });
    expect(result.stderr).toMatch(words);
    expect(result.code).toBe(code);
    expect(result.stderr).not.toMatch(/\n\s+at /);
    expect(await isUnchanged()).toBe(true);
  });

  it('leaves out what is above the accepted risk', async () => {
    const flags = ['--only', 'duplicate-index', '--apply', '--yes', '--max-risk', 'R2'];
    const result = await runCli(['fix', database.url, ...flags], { env });
    expect(result).toMatchObject({ code: 0, stdout: 'There is nothing to fix here.\n' });
    expect(await isUnchanged()).toBe(true);
  });

  it('runs it when told so, says whether it helped, and takes it back', async () => {
    const plan = JSON.parse(
      (await runCli(['fix', database.url, '--only', 'duplicate-index', '-f', 'json'], { env })).stdout,
    ) as PlanPreview;
    const confirm = ['--apply', '--yes', '--max-risk', 'R4', '--confirm', plan.phrase ?? ''];
    const result = await runCli(['fix', database.url, '--only', 'duplicate-index', ...confirm], { env });
    expect(result).toMatchObject({ code: 0 });
    expect(result.stdout).toMatch(/done, 1 of 1 change made/);
    expect(result.stdout).toMatch(/ok\s+Fixed: /);
    expect(await isUnchanged()).toBe(false);
    const jobId = /--undo ([0-9a-f]{16})/.exec(result.stdout)?.[1] ?? '';
    const undone = await runCli(['fix', database.url, '--undo', jobId, ...confirm], { env });
    expect(undone).toMatchObject({ code: 0 });
    expect(await isUnchanged()).toBe(true);
  });

  it('fixes all that is safe by default', async () => {
    const result = await runCli(['fix', database.url, '--apply', '--yes', '--max-risk', 'R2'], { env });
    expect(result, result.stdout + result.stderr).toMatchObject({ code: 0 });
    // The foreign key had no index behind it.
    expect(await database.query("SELECT FROM pg_index WHERE indrelid = 'orders'::regclass")).toHaveLength(4);
    expect(result.stdout).not.toMatch(/DROP INDEX CONCURRENTLY.*\n.*Reads/);
  });
});
