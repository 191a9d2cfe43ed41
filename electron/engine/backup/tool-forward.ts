import { EngineError } from '#engine/errors.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import type { Forward } from '#engine/postgres/tunnel/hop.ts';

/**
 * Runs `work` with a port of this machine that leads through the tunnel, for as long as it takes; null where the target
 * is reached directly. A tool only says that its connection ended: where the tunnel broke, that is the error.
 */
export async function withForward<T>(
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
