import { EngineError } from '../errors.ts';

/**
 * Reads once more where the link was lost: `read` connects anew by itself. For reads only, and for those that begin from
 * the start (reliability.md §4.1): after a change, nobody knows whether it came through.
 */
export async function retryLostRead<T>(
  { signal }: { readonly signal?: AbortSignal | undefined },
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const isLost = error instanceof EngineError && error.code === 'CONNECTION_LOST';
    if (!isLost || signal?.aborted) throw error;
    return read();
  }
}
