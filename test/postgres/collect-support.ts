import pg from 'pg';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { type CollectOptions, collectSnapshot } from '#engine/collect/collect.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';

export interface CollectFromOptions extends Partial<CollectOptions> {
  /** Awaited before each transaction of the session, by its label: to lock, drop or break something in between. */
  readonly before?: (label: string, session: ReadSession) => Promise<void>;
}

/** Connects, collects and closes. */
export async function collectFrom(url: string, options: CollectFromOptions = {}): Promise<Snapshot> {
  const { before, ...rest } = options;
  const session = await openReadSession(parseConnectionInput(url), { applicationName: 'pgvitals/collector' });
  const watched: ReadSession = before
    ? {
        capabilities: session.capabilities,
        get isLost() {
          return session.isLost;
        },
        async read(label, work, readOptions) {
          await before(label, session);
          return session.read(label, work, readOptions);
        },
        look: (options) => session.look(options),
        rest: () => session.rest(),
        wake: () => session.wake(),
        close: () => session.close(),
      }
    : session;
  try {
    return await collectSnapshot(watched, { toolVersion: 'test', ownPasswordIsDefault: false, ...rest });
  } finally {
    await session.close();
  }
}

/** A connection beside the collector's, which stays open while `work` runs. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'bystander' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Objects with these properties only, in the order of their oids. */
export function pick<T extends { readonly oid: number }, K extends keyof T>(
  objects: readonly T[],
  keys: readonly K[],
): Pick<T, K>[] {
  return [...objects]
    .sort((a, b) => a.oid - b.oid)
    .map((object) => Object.fromEntries(keys.map((key) => [key, object[key]])) as Pick<T, K>);
}
