import type { Audit, AuditEvent } from '#shared/model/audit.ts';
import type { GivenFacts } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { collectSnapshot } from '#engine/collect/collect.ts';
import { createEventQueue } from '#engine/event-queue.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { type AuditOptions, auditSnapshot } from './run.ts';

export interface SessionAuditOptions extends AuditOptions {
  /** The password that opened the session is one of the well-known defaults. */
  readonly ownPasswordIsDefault: boolean;
  readonly given?: GivenFacts;
  /** Called with the facts before they are judged: a reader may stop at the last event. */
  readonly onSnapshot?: (snapshot: Snapshot) => void;
}

/**
 * Reads the facts of a connected database and judges them. Yields progress while facts arrive and each check's outcome
 * after. A lost connection or an abort ends the reading, and what is there is judged: the audit says what is missing.
 */
export async function* auditSession(
  session: ReadSession,
  options: SessionAuditOptions,
): AsyncGenerator<AuditEvent, { audit: Audit; snapshot: Snapshot }> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const progress = createEventQueue<AuditEvent>(() => stop.abort());
  const collecting = collectSnapshot(session, {
    signal,
    ownPasswordIsDefault: options.ownPasswordIsDefault,
    toolVersion: options.toolVersion,
    ...(options.given ? { given: options.given } : {}),
    onProgress: (label, done, total) =>
      progress.push({ type: 'progress', phase: 'collect', label, done, total }),
  }).finally(() => progress.end());
  // The reader below may stop before it awaits this promise; its failure must not become an unhandled rejection.
  collecting.catch(() => undefined);
  yield* progress.read();
  const snapshot = await collecting;
  options.onSnapshot?.(snapshot);
  // Facts that were read before an abort are judged in full: judging takes milliseconds and the user keeps something.
  const audit = yield* auditSnapshot(snapshot, { ...options, signal: undefined });
  return { audit, snapshot };
}
