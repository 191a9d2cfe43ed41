import { EngineError } from '#engine/errors.ts';
import { takeSeat } from '#engine/postgres/server-seats.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import type { Forward } from '#engine/postgres/tunnel/hop.ts';
import type { JobControl } from './job.ts';

/**
 * Runs `work`, a program of PostgreSQL that makes `connections` of its own, when the server has room for them; with a port
 * of this machine that leads through the tunnel, for as long as it takes; null where the target is reached directly. A
 * tool only says that its connection ended: where the tunnel broke, that is the error.
 */
export async function asClient<T>(
  target: ConnectionTarget,
  { id, signal }: Pick<JobControl, 'id' | 'signal'>,
  connections: number,
  work: (forward: Forward | null) => Promise<T>,
): Promise<T> {
  const wish = { who: `a backup of ${target.database}`, count: connections, jobId: id, signal };
  const seat = await takeSeat(target, wish);
  try {
    return await withForward(target, signal, work);
  } finally {
    // It hangs up and does not wait for the server to do so.
    seat.release({ isSeenOff: false });
  }
}

async function withForward<T>(
  target: ConnectionTarget,
  signal: AbortSignal,
  work: (forward: Forward | null) => Promise<T>,
): Promise<T> {
  const { route } = target;
  if (route === null) return work(null);
  const forward = await route.forward({ signal });
  try {
    return await work(forward);
  } catch (error) {
    const isLink = error instanceof EngineError && /^(CONNECTION_LOST|TOOL_FAILED)$/.test(error.code);
    throw isLink ? await route.explain(error) : error;
  } finally {
    await forward.close();
  }
}
