import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll } from 'vitest';
import type { ReplacedDatabase } from '#shared/model/backup.ts';
import { readReplaced } from '#engine/backup/replaced.ts';
import type { RestoreContext, RestorePlan } from '#engine/backup/restore-context.ts';
import { planRestore, type RestoreRequest } from '#engine/backup/restore.ts';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { type DumpedBackup, dumpBackup, type JobWatch, type RanJob, runJob, TOOLS } from './backup-files.ts';
import { urlOf, usePrivateServer } from './postgres.ts';

/** A database with a backup of what is in it. */
export interface Stage {
  readonly name: string;
  readonly url: string;
  readonly backup: DumpedBackup;
  context(change?: Partial<RestoreContext>): Promise<RestoreContext>;
  sql<R extends object = Record<string, unknown>>(text: string): Promise<R[]>;
}

/** As `query`, by its parts: its driver takes some names for something else when they stand in a URL. */
async function ask<R extends object>(
  { host, port, user, password }: EmbeddedPostgres,
  database: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<R[]> {
  const client = new pg.Client({ host, port, user, password, database, application_name: 'test' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const result = values.length > 0 ? await client.query<R>(text, [...values]) : await client.query<R>(text);
    // Several statements give several results, though the types know only one.
    return (Array.isArray(result) ? (result.at(-1) as pg.QueryResult<R>) : result).rows;
  } finally {
    await client.end();
  }
}

export interface RestoreStages {
  get(): Promise<EmbeddedPostgres>;
  ask<R extends object = Record<string, unknown>>(
    database: string,
    text: string,
    values?: readonly unknown[],
  ): Promise<R[]>;
  /** URL of a database on the server. */
  url(database: string): Promise<string>;
  admin<R extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<R[]>;
  stage(name?: string, sql?: string): Promise<Stage>;
  /** What a restore must never leave, whatever became of it. */
  leftovers(): Promise<readonly string[]>;
  /** Throws where there is one. */
  assertClean(): Promise<void>;
  /** Databases that were put aside, newest first. */
  replaced(): Promise<readonly ReplacedDatabase[]>;
}

/** Three tables of 2,502 rows, with a type, a foreign key, both kinds of sequences and a name that needs quotes. */
export const CONTENT = `CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('good', 'bad');
  CREATE TABLE app.users (id serial PRIMARY KEY, name text NOT NULL, mood app.mood DEFAULT 'good');
  INSERT INTO app.users (name) SELECT 'u' || g FROM generate_series(1, 500) g;
  CREATE TABLE app.posts (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, author int REFERENCES app.users);
  INSERT INTO app.posts (author) SELECT 1 + g % 500 FROM generate_series(1, 2000) g;
  CREATE INDEX posts_author ON app.posts (author);
  CREATE TABLE "odd ""table"" DATA" (x int); INSERT INTO "odd ""table"" DATA" VALUES (1), (2);`;

/** A restore of this stands still as soon as it comes to the rows: there, a constraint sleeps. */
export const SLOW_CONTENT = `CREATE FUNCTION public.slow() RETURNS bool LANGUAGE plpgsql AS
    $$BEGIN IF strpos(current_database(), '__pgv_new_') > 0 THEN PERFORM pg_sleep(120); END IF; RETURN true; END$$;
  CREATE TABLE public.items (id int CHECK (public.slow())); INSERT INTO public.items VALUES (1), (2), (3);`;

/** A server of this file, and databases with backups on it. */
export function useRestoreStages(): RestoreStages {
  const server = usePrivateServer({ major: 15 });
  const dumps: DumpedBackup[] = [];
  afterAll(() => Promise.all(dumps.map((dump) => dump.remove())));
  const url = async (database: string): Promise<string> => urlOf(await server.get(), database);
  const admin: RestoreStages['admin'] = async (text, values) =>
    ask(await server.get(), 'postgres', text, values);
  const leftovers = async (): Promise<string[]> => [
    ...(
      await admin<{ what: string }>(
        `SELECT datname AS what FROM pg_database WHERE datname LIKE '%\\_\\_pgv\\_new\\_%' OR NOT datallowconn AND datname <> 'template0'
           UNION ALL SELECT application_name || ': ' || query FROM pg_stat_activity WHERE application_name LIKE 'pgvitals/%'`,
      )
    ).map(({ what }) => what),
    ...(await childrenNamed('pg_restore')),
  ];
  return {
    get: () => server.get(),
    ask: async (database, text, values) => ask(await server.get(), database, text, values),
    url,
    admin,
    stage: async (name = `shop_${randomBytes(3).toString('hex')}`, sql = CONTENT) => {
      await admin(`CREATE DATABASE ${quoteIdentifier(name)}`);
      const own = await url(name);
      const running = await server.get();
      await ask(running, name, sql);
      const target = parseConnectionInput(own);
      const backup = await dumpBackup(target, (text) => ask(running, name, text));
      dumps.push(backup);
      return {
        name,
        url: own,
        backup,
        sql: (text) => ask(running, name, text),
        context: async (change = {}) => ({
          target,
          identity: { key: await identityKey((text) => ask(running, name, text)), label: name },
          backup,
          tools: TOOLS,
          verifyIntact: async () => undefined,
          makeSafetyBackup: async () => 'f'.repeat(16),
          ...change,
        }),
      };
    },
    leftovers,
    replaced: async () => {
      const { host, port, user, password } = await server.get();
      const client = new pg.Client({ host, port, user, password, database: 'postgres' });
      await client.connect();
      const found = await readReplaced(
        async (text, values) =>
          (await client.query<unknown[]>({ text, values: [...values], rowMode: 'array' })).rows,
      );
      await client.end();
      return found.map(({ shown }) => shown);
    },
    assertClean: async () => {
      const found = await leftovers();
      if (found.length > 0) throw new Error(`left behind: ${found.join('\n')}`);
    },
  };
}

export type Ask = (text: string) => Promise<Record<string, unknown>[]>;

export async function identityKey(ask: Ask): Promise<string> {
  const [row] = await ask(
    `SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || oid AS key
     FROM pg_database WHERE datname = current_database()`,
  );
  return String(row?.['key']);
}

export async function countPosts(stage: Stage): Promise<number | undefined> {
  return (await stage.sql<{ n: number }>('SELECT count(*)::int AS n FROM app.posts'))[0]?.n;
}

/** Previews, accepts everything and runs; what stops the plan is an error here. */
export async function perform(
  request: RestoreRequest,
  context: RestoreContext,
  watch: JobWatch = {},
): Promise<RanJob & { readonly plan: RestorePlan }> {
  const plan = await planRestore(request, context);
  const stops = stopsOf(plan);
  if (stops.length > 0) throw new Error(stops.join('\n'));
  return { plan, ...(await runJob(plan, watch)) };
}

export function stopsOf({ preview }: RestorePlan): string[] {
  return preview.preflight.filter(({ verdict }) => verdict === 'stop').map(({ text }) => text);
}

/** The catalog has the backup, whatever its id is. */
export const BACKUP_ID = '0'.repeat(16);

async function childrenNamed(name: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const [, command, parent] = /\((.*)\) \S (\d+)/.exec(stat) ?? [];
    if (command === name && Number(parent) === process.pid) found.push(`${name} (pid ${pid})`);
  }
  return found;
}
