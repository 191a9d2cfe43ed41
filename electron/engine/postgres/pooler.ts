import { DEFAULT_LOCK_TIMEOUT_MS, beginReadOnly } from './read-only.ts';
import type { OpenConnection } from './connection.ts';
import { connectTarget, readingOf } from './connect.ts';
import { takeSeat } from './server-seats.ts';

/** Set outside a transaction, to see whether it is still there in later ones. */
export const PROBE_SETTING = 'pgvitals.probe';

/** What one transaction saw. */
export interface Observation {
  readonly backendPid: number;
  readonly setting: unknown;
}

/**
 * Tells a pooler in transaction mode from a direct connection and from session mode. A lost setting or a changed
 * backend is proof. A quiet pooler hands out the same backend every time, though; so where the announced pid is not
 * the backend's (poolers announce their own), a second connection tries to get the backend that we hold: in session
 * mode it cannot.
 */
export async function isTransactionPooled(
  connection: OpenConnection,
  seen: {
    readonly token: string;
    readonly observations: readonly Observation[];
    readonly signal: AbortSignal | undefined;
  },
): Promise<boolean> {
  const { token, observations, signal } = seen;
  const pids = new Set(observations.map(({ backendPid }) => backendPid));
  if (pids.size > 1 || observations.some(({ setting }) => setting !== token)) return true;
  if (pids.has(connection.facts.announcedPid)) return false;
  const { target } = connection.facts;
  // The only second connection that somebody waits for who has a first: not for long, and not with a guess at the end.
  const seat = await takeSeat(target, { who: readingOf(target), signal, waitMs: SECOND_TIMEOUT_MS });
  try {
    const second = await connectTarget(target, {
      seat,
      applicationName: 'pgvitals/control',
      totalTimeoutMs: SECOND_TIMEOUT_MS,
      signal,
    });
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const theirs = await backendPid(second, SECOND_TIMEOUT_MS);
        if (pids.has(theirs)) return true;
        pids.add(await backendPid(connection, OURS_TIMEOUT_MS));
        if (pids.size > 1) return true;
      }
      return false;
    } finally {
      await second.close();
    }
  } catch {
    // A session pooler without a free backend lets the second connection wait: then ours is held for us.
    return false;
  }
}

const SECOND_TIMEOUT_MS = 3_000;
/** Longer: giving up on this one would cut the connection that is wanted. */
const OURS_TIMEOUT_MS = 15_000;
const ATTEMPTS = 3;

async function backendPid(connection: OpenConnection, timeoutMs: number): Promise<number> {
  const limits = { statementTimeoutMs: timeoutMs, lockTimeoutMs: DEFAULT_LOCK_TIMEOUT_MS };
  const [rows] = await connection.query(`${beginReadOnly('probe', limits)}; ROLLBACK`, [], timeoutMs);
  return Number(rows?.[0]?.[0]);
}
