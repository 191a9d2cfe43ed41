import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import { planRestore, type RestoreRequest } from '#engine/backup/restore.ts';
import type { RestoreContext } from '#engine/backup/restore-context.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { type DumpedBackup, dumpBackup, runJob, TOOLS } from '../support/backup-files.ts';
import { query, urlOf, usePrivateServer } from '../support/postgres.ts';

const server = usePrivateServer({ major: 15 });
let admin = '';
const dumps: DumpedBackup[] = [];
beforeAll(async () => {
  admin = urlOf(await server.get(), 'postgres');
});
afterAll(() => Promise.all(dumps.map((dump) => dump.remove())));

const CONTENT = `CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('good', 'bad');
  CREATE TABLE app.users (id serial PRIMARY KEY, name text NOT NULL, mood app.mood DEFAULT 'good');
  INSERT INTO app.users (name) SELECT 'u' || g FROM generate_series(1, 500) g;
  CREATE TABLE app.posts (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, author int REFERENCES app.users);
  INSERT INTO app.posts (author) SELECT 1 + g % 500 FROM generate_series(1, 2000) g;
  CREATE INDEX posts_author ON app.posts (author);
  CREATE TABLE "odd ""table"" DATA" (x int); INSERT INTO "odd ""table"" DATA" VALUES (1), (2);`;

interface Stage {
  readonly name: string;
  readonly url: string;
  readonly backup: DumpedBackup;
  context(change?: Partial<RestoreContext>): Promise<RestoreContext>;
  sql<R extends object = Record<string, unknown>>(text: string): Promise<R[]>;
}

let made = 0;
/** A database with a backup of what is in it. */
async function stage(name = `shop_${(made += 1)}`, sql = CONTENT): Promise<Stage> {
  const url = urlOf(await server.get(), name);
  const target = parseConnectionInput(url);
  await query(admin, `CREATE DATABASE ${quoteIdentifier(name)}`);
  await query(url, sql);
  const backup = await dumpBackup(target, url);
  dumps.push(backup);
  return {
    name,
    url,
    backup,
    sql: (text) => query(url, text),
    context: async (change = {}) => ({
      target,
      identity: await identityOf(url, name),
      backup,
      tools: TOOLS,
      verifyIntact: async () => undefined,
      makeSafetyBackup: async () => 'f'.repeat(16),
      ...change,
    }),
  };
}

async function identityOf(url: string, label: string): Promise<DatabaseIdentity> {
  const [row] = await query<{ key: string }>(
    url,
    `SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || oid AS key FROM pg_database WHERE datname = current_database()`,
  );
  return { key: row?.key ?? '', label };
}

async function perform(request: RestoreRequest, context: RestoreContext, watch = {}) {
  const plan = await planRestore(request, context);
  expect(plan.preview.preflight.filter(({ verdict }) => verdict === 'stop')).toEqual([]);
  return { plan, ...(await runJob(plan, watch)) };
}

const BACKUP_ID = '0'.repeat(16);

describe('into a new database', () => {
  it('has everything, its own name only at the end, and leaves nothing else', async () => {
    const shop = await stage();
    const { job, plan } = await perform(
      { kind: 'restore', backupId: BACKUP_ID, database: 'copy of shop' },
      await shop.context(),
    );
    expect(job).toMatchObject({ outcome: 'done', error: null, database: 'copy of shop' });
    expect(job.steps.map(({ title, state }) => [title, state])).toEqual(
      plan.steps.map((title) => [title, 'done']),
    );
    const copy = urlOf(await server.get(), 'copy of shop');
    expect(await query(copy, 'SELECT count(*)::int AS n FROM app.posts')).toEqual([{ n: 2000 }]);
  });

  it('replaces', async () => {
    const shop = await stage();
    await shop.sql('DELETE FROM app.posts WHERE id > 10');
    const { job } = await perform({ kind: 'replace', backupId: BACKUP_ID }, await shop.context());
    expect(job.error).toBeNull();
  });
});
