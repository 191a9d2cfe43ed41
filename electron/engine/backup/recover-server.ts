import { isAbort } from '#engine/errors.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import type { BackupStore } from '#engine/store/backups.ts';
import { traceOf } from './recover.ts';
import { recoverSwap } from './recover-swap.ts';

/**
 * Closes what interrupted jobs left on this server: a test restore's database, a restore that was not finished, a
 * database that nobody may connect to. What cannot be closed now is tried again at the next start.
 */
export async function recoverServer(
  store: BackupStore,
  { folder, target }: { readonly folder: string; readonly target: ConnectionTarget },
  log: (message: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const stored of store.unswept(folder)) {
    const trace = traceOf(stored);
    // What a restore made stays; a test restore's database was to go, and could not.
    if (stored.job.outcome === 'done' && stored.job.kind !== 'verify') continue;
    try {
      const { text } = await recoverSwap(target, trace, { signal });
      store.trace(stored.job.id, { ...trace, scratch: null });
      store.end({ ...stored.job, notes: [...stored.job.notes, text] });
    } catch (error) {
      if (isAbort(error)) throw error;
      log(`what backup job ${stored.job.id} left on the server is still there: ${String(error)}`);
    }
  }
}
