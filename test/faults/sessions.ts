import { afterEach } from 'vitest';
import { query, urlOf, usePrivateServer } from '../support/postgres.ts';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';
import { EngineError } from '#engine/errors.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';

export interface Backend {
  readonly application_name: string;
  readonly state: string;
  readonly query: string;
}

/** A server of this file alone, and sessions on it that are closed after each test. */
export function useSessions(): {
  server(): Promise<EmbeddedPostgres>;
  admin(): Promise<string>;
  openSession(url?: string): Promise<ReadSession>;
  /** What pg_stat_activity knows of PgVitals. */
  ourBackends(): Promise<Backend[]>;
} {
  const shared = usePrivateServer();
  const open: ReadSession[] = [];
  const admin = async () => urlOf(await shared.get(), 'postgres');
  afterEach(async () => {
    await Promise.all(open.splice(0).map((session) => session.close()));
  });
  return {
    server: () => shared.get(),
    admin,
    openSession: async (url) => {
      const session = await openReadSession(parseConnectionInput(url ?? (await admin())));
      open.push(session);
      return session;
    },
    ourBackends: async () =>
      query<Backend>(
        await admin(),
        `SELECT application_name, state, query FROM pg_stat_activity WHERE application_name LIKE 'pgvitals/%'`,
      ),
  };
}

export async function one(session: ReadSession, sql: string): Promise<unknown> {
  return (await session.read('test', (transaction) => transaction.rows(sql)))[0]?.[0];
}

/** The EngineError that a promise rejects with; anything else fails the test. */
export async function failure(promise: Promise<unknown>): Promise<EngineError> {
  const error = await promise.then(
    () => new Error('It went through.'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof EngineError)) throw error;
  return error;
}
