import type { FactName } from '#shared/model/facts.ts';
import type { Unread, UnreadCause } from '#shared/model/snapshot.ts';
import { EngineError, isAbort } from '#engine/errors.ts';

/** The connection is gone or the user wants to stop: nothing more can be read. */
export function endsCollection(error: unknown): boolean {
  return (
    isAbort(error) ||
    (error instanceof EngineError && (error.code === 'CONNECTION_LOST' || error.code === 'NOT_CONNECTED'))
  );
}

/** A whole fact that could not be read. */
export function unreadFact(
  fact: FactName,
  cause: UnreadCause,
  reason: string,
  grant: string | null = null,
): Unread {
  return { fact, cause, reason, grant, objectOids: null };
}

/**
 * A fact that was read, but not all of it. `objectOids` names the objects that are missing; empty where they cannot
 * be named, as with rows that are hidden from this role.
 */
export function unreadPart(
  fact: FactName,
  cause: UnreadCause,
  reason: string,
  grant: string | null = null,
  objectOids: readonly number[] = [],
): Unread {
  return { fact, cause, reason, grant, objectOids };
}

/** One entry for each fact of a family that failed. `grant` is asked for only where privileges are the cause. */
export function unreadFromError(
  facts: readonly FactName[],
  label: string,
  error: unknown,
  grant: () => string | null,
): Unread[] {
  const cause = causeOf(error);
  const said = error instanceof Error ? error.message : String(error);
  const sentence = REASONS[cause] ?? ((_: string, message: string) => message);
  const unlock = cause === 'privilege' ? grant() : null;
  return facts.map((fact) => unreadFact(fact, cause, sentence(label, said), unlock));
}

const REASONS: Partial<Record<UnreadCause, (label: string, said: string) => string>> = {
  privilege: (label) => `This role is not allowed to read ${label}.`,
  lock: (label) => `Reading ${label} waited for a lock that another session holds, and was stopped.`,
  timeout: (label) => `Reading ${label} took too long and was stopped.`,
  connection: (label, said) => `The connection ended before ${label} could be read: ${said}`,
};

/** What kept us from reading. */
export function causeOf(error: unknown): UnreadCause {
  if (endsCollection(error)) return 'connection';
  if (!(error instanceof EngineError)) return 'error';
  if (error.code === 'PERMISSION_DENIED') return 'privilege';
  if (error.code === 'LOCK_TIMEOUT') return 'lock';
  if (error.code === 'STATEMENT_TIMEOUT') return 'timeout';
  // Not 'version' for an unknown column or view: where a version lacks something its family asks before it reads, so
  // such a failure is a surprise, and a surprise must not pass for "does not apply here".
  return 'error';
}
