import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DemoDatabase } from '#engine/demo/build.ts';
import { type DemoHandle, startDemo } from '#engine/demo/start.ts';
import type { EmbeddedMajor } from '#engine/embedded/binaries.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#engine/embedded/server.ts';
import { TEST_SETTINGS } from './test-settings.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where workers ask for servers; absent without this global set-up. */
    sharedServers: string;
  }
}

/** What workers are told about a server. */
export type ServerAddress = Pick<EmbeddedPostgres, 'host' | 'port' | 'user' | 'password' | 'major'>;
export type SharedDemo = DemoDatabase & { readonly server: ServerAddress };

/**
 * Global set-up of vitest: one PostgreSQL per major for the whole run, started when a worker first asks for it, and
 * one demo database. Workers are processes of their own, hence the little HTTP server.
 */
export async function setup(project: { provide(key: 'sharedServers', value: string): void }): Promise<void> {
  const token = randomBytes(16).toString('hex');
  broker.on('request', (request, response) => {
    const path = request.url?.startsWith(`/${token}/`) ? request.url.slice(token.length + 1) : '';
    answer(path).then(
      (body) => response.end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
  project.provide('sharedServers', `http://127.0.0.1:${(broker.address() as AddressInfo).port}/${token}`);
}

export async function teardown(): Promise<void> {
  broker.close();
  broker.closeAllConnections();
  // One that did not start has nothing to stop.
  await Promise.allSettled([...started.values()].map(async (starting) => (await starting).stop()));
}

const broker = createServer();
const started = new Map<string, Promise<EmbeddedPostgres | DemoHandle>>();

async function answer(path: string): Promise<ServerAddress | SharedDemo> {
  if (path === '/demo') {
    const { url, database, role, password, expectedViews, server } = await once('demo', () => startDemo());
    return { url, database, role, password, expectedViews, server: addressOf(server) };
  }
  const major = Number(/^\/server\/(\d+)$/.exec(path)?.[1]) as EmbeddedMajor;
  return addressOf(await once(path, () => startEmbeddedPostgres({ major, settings: TEST_SETTINGS })));
}

function once<T extends EmbeddedPostgres | DemoHandle>(key: string, start: () => Promise<T>): Promise<T> {
  const starting = (started.get(key) as Promise<T> | undefined) ?? start();
  started.set(key, starting);
  return starting;
}

function addressOf({ host, port, user, password, major }: EmbeddedPostgres): ServerAddress {
  return { host, port, user, password, major };
}
