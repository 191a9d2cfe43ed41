import { EngineError } from '../errors.ts';
import type { ReadSession } from './read-session.ts';
import { type ConnectionTarget, describeAddress } from './target.ts';

/** Tells a server and its database from another one that answers at the same address (reliability.md F10). */
export interface ServerIdentity {
  /** Null where the role may not read it. */
  readonly systemIdentifier: string | null;
  readonly databaseOid: number;
}

export async function readServerIdentity(
  session: ReadSession,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ServerIdentity> {
  const { databaseOid, canExecute } = session.capabilities;
  if (!canExecute('pg_control_system()')) return { systemIdentifier: null, databaseOid };
  const [[identifier] = []] = await session.read(
    'identity',
    ({ rows }) => rows('SELECT system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system()'),
    options,
  );
  return { systemIdentifier: typeof identifier === 'string' ? identifier : null, databaseOid };
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
