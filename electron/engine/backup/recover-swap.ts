import { randomBytes } from 'node:crypto';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import { maintenanceName } from '#engine/postgres/write-session.ts';
import type { JobTrace } from './job.ts';
import { onServer } from './server-session.ts';
import { dropSideDatabase, type FoundDatabase, findDatabase, findDatabaseByOid } from './side-database.ts';
import { giveBack, untilGone } from './swap.ts';

export interface SwapRecovery {
  /**
   * `finished`: the restored database has its name. `dropped`: it was unfinished, and is gone. `unblocked`: nothing was
   * swapped; connections are allowed again. `nothing`: there is no such database, or it is not the job's.
   */
  readonly outcome: 'finished' | 'dropped' | 'unblocked' | 'nothing';
  /** For the job's notes. */
  readonly text: string;
}

/**
 * Closes what a restore left on the server when PgVitals or its machine died: waits for its last statement, gives
 * connections back to the live database, and drops the unfinished one, but only where name, oid and token are those of
 * the trace. Throws what a connection throws, JOB_RUNNING while a backend of the job works on; may be called again.
 */
export async function recoverSwap(
  target: ConnectionTarget,
  trace: Pick<JobTrace, 'scratch'>,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<SwapRecovery> {
  const side = trace.scratch;
  if (side === null) return NOTHING;
  const place = { target, systemIdentifier: null };
  const jobId = randomBytes(8).toString('hex');
  return onServer(place, { jobId, avoid: [side.database], signal: options.signal }, async (session) => {
    const find = (): Promise<FoundDatabase | null> =>
      side.oid === 0 ? findDatabase(session, side.database) : findDatabaseByOid(session, side.oid);
    // What was sent before we died is still done: it is over before anything is judged.
    await untilGone(
      session,
      `application_name LIKE 'pgvitals/maint:%' AND pg_catalog.strpos(query, $1) > 0`,
      [side.database],
    );
    const jobOf = (await find())?.mark?.jobId;
    if (jobOf !== undefined) await untilGone(session, 'application_name = $1', [maintenanceName(jobOf)]);
    const found = await find();
    if (!found) return NOTHING;
    const isMarked = found.mark?.token === side.token;
    if (!isMarked && found.name !== side.database)
      return { outcome: 'finished', text: `${found.name} was complete when PgVitals ended.` };
    if (isMarked && found.mark) {
      const { mark } = found;
      const wasBlocked = mark.blockedOid !== null;
      if (wasBlocked) await giveBack(session, mark);
      if (mark.kind === 'old')
        return wasBlocked
          ? { outcome: 'unblocked', text: `No name was swapped; ${mark.of} takes connections again.` }
          : NOTHING;
    }
    const removal = await dropSideDatabase(session, side, target);
    return removal === 'dropped'
      ? { outcome: 'dropped', text: `The unfinished database ${side.database} was dropped.` }
      : NOTHING;
  });
}

const NOTHING: SwapRecovery = { outcome: 'nothing', text: 'It left nothing on the server.' };
