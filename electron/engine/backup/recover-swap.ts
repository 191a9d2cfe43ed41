import { randomBytes } from 'node:crypto';
import { number, textOrNull } from '#engine/collect/decode.ts';
import { withSeats } from '#engine/postgres/server-seats.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import { maintenanceName, type WriteSession } from '#engine/postgres/write-session.ts';
import { type DatabaseMark, readMark } from './database-mark.ts';
import type { JobTrace } from './job.ts';
import { RESTORE_SEATS } from './job-seats.ts';
import { onServer } from './server-session.ts';
import {
  dropSideDatabase,
  type FoundDatabase,
  findDatabase,
  findDatabaseByOid,
  giveBack,
} from './side-database.ts';
import { untilGone } from './swap.ts';

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
  const { signal } = options;
  const look = async (session: WriteSession): Promise<SwapRecovery> => {
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
    if (isMarked && found.mark?.kind === 'old') {
      if (found.mark.blockedOid === null) return NOTHING;
      await giveBack(session, found.mark);
      return { outcome: 'unblocked', text: `No name was swapped; ${found.mark.of} takes connections again.` };
    }
    const removal = await dropSideDatabase(session, side, target);
    return removal === 'dropped'
      ? { outcome: 'dropped', text: `The unfinished database ${side.database} was dropped.` }
      : NOTHING;
  };
  return withSeats(
    target,
    { jobId, who: `a look after ${side.database}`, count: RESTORE_SEATS, signal },
    () => onServer(place, { jobId, avoid: [side.database], signal }, look),
  );
}

/**
 * Lets people into a database again that a swap had blocked when PgVitals or its machine died: for a connection that the
 * server refuses (SQLSTATE 55000), before any trace can be looked for. Known by the mark alone, which names it; a swap that
 * still runs is waited for, and nothing is dropped or renamed. False where no swap has blocked it.
 */
export async function recoverBlocked(
  target: ConnectionTarget,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<boolean> {
  const place = { target, systemIdentifier: null };
  const work = { jobId: randomBytes(8).toString('hex'), avoid: [target.database], signal: options.signal };
  return onServer(place, work, async (session) => {
    const blocked = await findDatabase(session, target.database);
    if (!blocked || blocked.allowsConnections) return false;
    const jobOf = (await blockerOf(session, blocked))?.jobId;
    if (jobOf === undefined) return false;
    await untilGone(session, 'application_name = $1', [maintenanceName(jobOf)]);
    // By now it may have come to its end.
    const mark = await blockerOf(session, blocked);
    if (mark) await giveBack(session, mark);
    return true;
  });
}

/** Anybody can write such a comment on a database of his own: it counts from who could have blocked this one. */
async function blockerOf(
  session: WriteSession,
  blocked: Pick<FoundDatabase, 'oid' | 'owner'>,
): Promise<DatabaseMark | null> {
  const rows = await session.rows(
    `SELECT d.oid, pg_catalog.shobj_description(d.oid, 'pg_database') FROM pg_catalog.pg_database d
     WHERE pg_catalog.strpos(d.datname, '__pgv_') > 0 AND pg_catalog.pg_get_userbyid(d.datdba) IN ($1, current_user)`,
    [blocked.owner],
  );
  const marks = rows.map(([of, comment]) => readMark(textOrNull(comment), number(of)));
  return marks.find((mark) => mark?.blockedOid === blocked.oid) ?? null;
}

const NOTHING: SwapRecovery = { outcome: 'nothing', text: 'It left nothing on the server.' };
