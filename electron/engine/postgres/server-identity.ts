import { EngineError } from '../errors.ts';
import type { ReadSession } from './read-session.ts';
import { recognise } from './server-seats.ts';
import { openReadSession } from './session.ts';
import { type ConnectionTarget, describeAddress } from './target.ts';

/** Tells a server and its database from another one that answers at the same address (reliability.md F10). */
export interface ServerIdentity {
  /** Null where the role may not read it. */
  readonly systemIdentifier: string | null;
  readonly databaseOid: number;
  /** When this very server was started, in µs: tells it from its standbys and copies, which have its identifier. */
  readonly startedAt: string;
}

export async function readServerIdentity(
  session: ReadSession,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ServerIdentity> {
  const { databaseOid, canExecute } = session.capabilities;
  const identifier = canExecute('pg_control_system()')
    ? '(SELECT system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system())'
    : 'NULL';
  const [[systemIdentifier, startedAt] = []] = await session.read(
    'identity',
    ({ rows }) =>
      rows(
        `SELECT ${identifier}, pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time())::pg_catalog.text`,
      ),
    options,
  );
  return {
    systemIdentifier: typeof systemIdentifier === 'string' ? systemIdentifier : null,
    databaseOid,
    startedAt: String(startedAt),
  };
}

/**
 * A session of which one knows where it leads, and that counts among those of that server. Throws what `openReadSession`
 * throws.
 */
export async function openKnownSession(
  target: ConnectionTarget,
  options: { readonly signal?: AbortSignal | undefined; readonly applicationName: string },
): Promise<{ readonly session: ReadSession; readonly server: ServerIdentity }> {
  const found = await openAndAsk(target, options);
  if (recognise(target, found.server.startedAt)) return found;
  // Another address leads to that server, too: once more, as one of its own.
  await found.session.close();
  return openAndAsk(target, options);
}

async function openAndAsk(
  target: ConnectionTarget,
  options: { readonly signal?: AbortSignal | undefined; readonly applicationName: string },
): Promise<{ readonly session: ReadSession; readonly server: ServerIdentity }> {
  const session = await openReadSession(target, options);
  try {
    return { session, server: await readServerIdentity(session, options) };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** SERVER_CHANGED where `found` is provably another one than `known`; else null. */
export function changeOf(
  known: ServerIdentity,
  found: ServerIdentity,
  target: ConnectionTarget,
): EngineError | null {
  const address = describeAddress(target);
  const before = known.systemIdentifier;
  const after = found.systemIdentifier;
  if (before !== null && after !== null && before !== after)
    return new EngineError(
      'SERVER_CHANGED',
      `Another server answers at ${address} than the one that was opened (system identifier ${after} instead of ${before}).`,
      'Nothing is read from it. Check where the address leads, then open the connection again.',
    );
  if (known.databaseOid !== found.databaseOid)
    return new EngineError(
      'SERVER_CHANGED',
      `The database ${JSON.stringify(target.database)} at ${address} is another one than the one that was opened: it was made anew or renamed.`,
      'Nothing is read from it. Open the connection again.',
    );
  return null;
}
