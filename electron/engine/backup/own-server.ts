import { randomBytes } from 'node:crypto';
import { type EmbeddedMajor, findBinaries } from '#engine/embedded/binaries.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#engine/embedded/server.ts';
import { EngineError } from '#engine/errors.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { openWriteSession } from '#engine/postgres/write-session.ts';
import type { TestRestoreServer } from './test-restore.ts';

/** What a backup needs of the server that it is restored on. */
export interface ServerNeeds {
  readonly majorAtLeast: number;
  readonly extensions: readonly string[];
  /** Policies name them even where owners and privileges are left out. */
  readonly roles: readonly string[];
}

/**
 * Starts a throw-away PostgreSQL that came with PgVitals, for a test restore; its roles are made, without rights. Throws
 * DEMO_UNAVAILABLE where none is new enough or does not start, TOOL_FAILED where it lacks an extension.
 */
export async function startOwnServer(needs: ServerNeeds, signal: AbortSignal): Promise<TestRestoreServer> {
  const major = MAJORS.find((candidate) => candidate >= needs.majorAtLeast && isInstalled(candidate));
  if (major === undefined)
    throw new EngineError(
      'DEMO_UNAVAILABLE',
      `PgVitals has no PostgreSQL ${needs.majorAtLeast} or newer of its own to restore on.`,
      'Restore on the server itself, or on another one.',
    );
  const server = await startEmbeddedPostgres({ major, signal, settings: SETTINGS });
  try {
    return await prepare(server, needs, signal);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

const MAJORS: readonly EmbeddedMajor[] = [14, 15, 16, 17, 18];

/** For a restore that has the server for itself. It stays durable: how long a restore takes is measured on it. */
const SETTINGS: Readonly<Record<string, string>> = {
  shared_buffers: '256MB',
  max_wal_size: '4GB',
  maintenance_work_mem: '256MB',
};

function isInstalled(major: EmbeddedMajor): boolean {
  try {
    findBinaries(major);
    return true;
  } catch (error) {
    if (error instanceof EngineError) return false;
    throw error;
  }
}

async function prepare(
  server: EmbeddedPostgres,
  { extensions, roles }: ServerNeeds,
  signal: AbortSignal,
): Promise<TestRestoreServer> {
  const label = `a PostgreSQL ${server.major} of PgVitals' own`;
  const target = parseConnectionInput({
    host: server.host,
    port: server.port,
    database: 'postgres',
    user: server.user,
    password: server.password,
    sslMode: 'disable',
  });
  const session = await openWriteSession(target, { jobId: randomBytes(8).toString('hex'), signal });
  try {
    const missing = await session.rows(
      `SELECT w.name FROM pg_catalog.unnest($1::pg_catalog.text[]) AS w (name)
       WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions a WHERE a.name = w.name) ORDER BY 1`,
      [extensions],
    );
    if (missing.length > 0)
      throw new EngineError(
        'TOOL_FAILED',
        `${label.charAt(0).toUpperCase()}${label.slice(1)} does not have the extension ${missing.map(([name]) => String(name)).join(', ')}.`,
        'Restore on a server that has it.',
      );
    for (const role of roles.filter((name) => name !== server.user && !name.startsWith('pg_')))
      await session.run(`CREATE ROLE ${quoteIdentifier(role)} NOLOGIN`, {
        lockTimeoutMs: 5_000,
        statementTimeoutMs: 20_000,
        signal,
      });
  } finally {
    await session.close();
  }
  return { target, label, close: () => server.stop() };
}
