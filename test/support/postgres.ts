import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import type { EmbeddedMajor } from '#engine/embedded/binaries.ts';
import { type DemoHandle, startDemo } from '#engine/demo/start.ts';
import {
  type EmbeddedOptions,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '#engine/embedded/server.ts';
import type { ServerAddress, SharedDemo } from './shared-servers.ts';
import { TEST_SETTINGS } from './test-settings.ts';

export type TestServer = ServerAddress;

export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  readonly server: TestServer;
  /** One statement, or several without values, as the superuser over a connection of its own. */
  query<R extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<R[]>;
  drop(): Promise<void>;
}

/**
 * A server of this major, shared by all test files of the run and started when first asked for. Roles and settings are
 * shared too: give roles names of your own, and take `usePrivateServer` to change settings or to break things.
 */
export function useServer(major: EmbeddedMajor = 15): { get(): Promise<TestServer> } {
  const own = whenAsked(() => startEmbeddedPostgres({ major, settings: TEST_SETTINGS }));
  return { get: () => askShared<TestServer>(`/server/${major}`) ?? own.get() };
}

/** The demo database, shared by all test files of the run: read it, never change it. */
export function useDemo(): { get(): Promise<SharedDemo> } {
  const own = whenAsked<DemoHandle>(() => startDemo());
  return { get: () => askShared<SharedDemo>('/demo') ?? own.get() };
}

/** A server of this test file alone. Settings come on top of those for tests. */
export function usePrivateServer(options: EmbeddedOptions = {}): { get(): Promise<EmbeddedPostgres> } {
  return whenAsked(() =>
    startEmbeddedPostgres({ ...options, settings: { ...TEST_SETTINGS, ...options.settings } }),
  );
}

/** A new database, named after nothing, after running `sql` in it. */
export async function createDatabase(server: TestServer, sql = ''): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = urlOf(server, name);
  await query(urlOf(server, 'postgres'), `CREATE DATABASE ${name}`);
  const drop = async () => {
    await query(urlOf(server, 'postgres'), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  };
  try {
    if (sql.trim() !== '') await query(url, sql);
  } catch (error) {
    await drop();
    throw error;
  }
  return { name, url, server, query: (text, values) => query(url, text, values), drop };
}

/** `postgresql://` URL of a database on this server, as the superuser or as the given role. */
export function urlOf(
  server: TestServer,
  database: string,
  role?: { user: string; password: string },
): string {
  const user = encodeURIComponent(role?.user ?? server.user);
  const password = encodeURIComponent(role?.password ?? server.password);
  return `postgresql://${user}:${password}@${server.host}:${server.port}/${encodeURIComponent(database)}`;
}

/** Asks the server without the engine: what tests compare the engine's answers with. */
export async function query<R extends object = Record<string, unknown>>(
  url: string,
  text: string,
  values?: readonly unknown[],
): Promise<R[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'test' });
  // Dropping a database under an idle connection is an event, not a failed query.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const result = await client.query<R>(text, values ? [...values] : undefined);
    // Several statements give several results, though the types know only one.
    const last = Array.isArray(result) ? (result.at(-1) as pg.QueryResult<R>) : result;
    return last.rows;
  } finally {
    await client.end();
  }
}

function whenAsked<T extends { stop(): Promise<void> }>(start: () => Promise<T>): { get(): Promise<T> } {
  let starting: Promise<T> | null = null;
  afterAll(async () => {
    await (await starting?.catch(() => null))?.stop();
  });
  return {
    get: () => {
      starting ??= start();
      return starting;
    },
  };
}

/** Null where vitest runs without the global set-up: then each file starts its own. */
function askShared<T>(path: string): Promise<T> | null {
  const broker: string | undefined = inject('sharedServers');
  return broker === undefined ? null : ask(`${broker}${path}`);
}

async function ask<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as T;
}
