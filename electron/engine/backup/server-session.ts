import { EngineError } from '#engine/errors.ts';
import { describeAddress, type ConnectionTarget } from '#engine/postgres/target.ts';
import { openWriteSession, type WriteSession } from '#engine/postgres/write-session.ts';

/** The server of a restore, as it was when it was previewed. */
export interface ServerPlace {
  readonly target: ConnectionTarget;
  /** Null where the role may not read it. */
  readonly systemIdentifier: string | null;
}

export interface ServerWork {
  readonly jobId: string;
  readonly signal?: AbortSignal | undefined;
  /** Databases that must not be the session's own: they are renamed or dropped. */
  readonly avoid?: readonly string[];
}

/**
 * Runs work on the server of the plan, in a session of a database that it does not touch: `postgres`, else `template1`.
 * PLAN_STALE where another server answers at that address by now; otherwise what `openWriteSession` throws.
 */
export async function onServer<T>(
  place: ServerPlace,
  { jobId, signal, avoid = [] }: ServerWork,
  work: (session: WriteSession) => Promise<T>,
): Promise<T> {
  const session = await openAside(place.target, { jobId, signal, avoid });
  try {
    await assertSameServer(session, place);
    return await work(session);
  } finally {
    await session.close();
  }
}

/** Throws PLAN_STALE unless this session is on the server that the plan was made for. */
export async function assertSameServer(session: WriteSession, place: ServerPlace): Promise<void> {
  const { systemIdentifier, target } = place;
  if (systemIdentifier === null || !session.capabilities.canExecute('pg_control_system()')) return;
  const [[found] = []] = await session.rows(
    'SELECT system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system()',
  );
  if (found !== systemIdentifier)
    throw new EngineError(
      'PLAN_STALE',
      `Another server answers at ${describeAddress(target)} than when this was previewed (system identifier ${String(found)} instead of ${systemIdentifier}).`,
      'Check where the address leads, then preview again.',
    );
}

async function openAside(
  target: ConnectionTarget,
  { jobId, signal, avoid = [] }: ServerWork,
): Promise<WriteSession> {
  const databases = [...new Set(['postgres', 'template1', target.database])].filter(
    (database) => !avoid.includes(database),
  );
  let refusal: unknown = null;
  for (const database of databases) {
    try {
      return await openWriteSession({ ...target, database }, { jobId, signal });
    } catch (error) {
      const isOfDatabase =
        error instanceof EngineError &&
        /^(DATABASE_MISSING|PERMISSION_DENIED|AUTH_FAILED|PASSWORD_REQUIRED)$/.test(error.code);
      if (!isOfDatabase) throw error;
      refusal ??= error;
    }
  }
  throw new EngineError(
    'PLAN_REFUSED',
    `A database cannot be renamed from within: this needs a connection to ${databases.join(' or ')}, which the server refuses.`,
    'Give this role the right to connect to the database postgres, in pg_hba.conf too, then try again.',
    { cause: refusal },
  );
}
