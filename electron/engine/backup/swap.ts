import { setTimeout as delay } from 'node:timers/promises';
import { formatDuration } from '#shared/model/format.ts';
import { EngineError, throwIfAborted } from '#engine/errors.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { maintenanceName, type WriteSession } from '#engine/postgres/write-session.ts';
import { type DatabaseMark, markText } from './database-mark.ts';
import type { JobControl } from './job.ts';
import { onServer, type ServerPlace } from './server-session.ts';
import { endSessions, type OtherSession, sessionsIn } from './sessions-elsewhere.ts';
import {
  CATALOG_LIMITS,
  commentSql,
  findDatabase,
  findDatabaseByOid,
  giveBack,
  setMark,
  type SideDatabase,
} from './side-database.ts';

/** Two databases and the names they are to have. */
export interface Swap {
  readonly live: { readonly name: string; readonly oid: number };
  /** Takes the live name. */
  readonly next: SideDatabase;
  /** As it stands in the comment of `next` now. */
  readonly nextMark: DatabaseMark;
  /** What the comment of `next` is under its new name. */
  readonly nextComment: string | null;
  /** The live database's other name, and what its comment is then. */
  readonly oldName: string;
  readonly oldMark: DatabaseMark;
  /** Runs in the transaction, when all is renamed: what it throws takes everything back. */
  readonly check?: (session: WriteSession) => Promise<void>;
}

export interface Swapped {
  readonly ended: readonly OtherSession[];
  /** How long nobody could connect. */
  readonly blockedMs: number;
}

/** The server waits for 5 s by itself for sessions to go. */
const RENAME_LIMITS = { lockTimeoutMs: 10_000, statementTimeoutMs: 30_000 };
const PAUSES_MS = [200, 1_000, 3_000];
/** Somebody is connected; no lock; two transactions changed the same row of pg_database. */
const AGAIN = new Set(['55006', '55P03', 'XX000']);

/** The statements, as they are run; sessions are ended after the second. */
export function swapSql(live: string, next: string, oldName: string): readonly string[] {
  const [liveSql, nextSql, oldSql] = [live, next, oldName].map(quoteIdentifier);
  return [
    `ALTER DATABASE ${liveSql} ALLOW_CONNECTIONS false`,
    `ALTER DATABASE ${nextSql} ALLOW_CONNECTIONS false`,
    'BEGIN',
    `ALTER DATABASE ${liveSql} RENAME TO ${oldSql}`,
    `ALTER DATABASE ${nextSql} RENAME TO ${liveSql}`,
    `ALTER DATABASE ${liveSql} ALLOW_CONNECTIONS true`,
    `ALTER DATABASE ${oldSql} ALLOW_CONNECTIONS true`,
    'COMMIT',
  ];
}

/**
 * Lets nobody into the two databases, ends the sessions in them and swaps the names in one transaction: both or none,
 * with comments and connections. Whatever goes wrong, the live database takes connections again; where the server
 * cannot be asked any more, `recoverSwap` does that at the next start. It cannot be cancelled once it has begun.
 */
export async function swapDatabases(place: ServerPlace, swap: Swap, job: JobControl): Promise<Swapped> {
  const { live, next } = swap;
  const avoid = [live.name, next.database];
  const startedMs = performance.now();
  let backendPid = 0;
  try {
    return await onServer(place, { jobId: job.id, avoid, signal: job.signal }, async (session) => {
      await assertParties(session, swap);
      backendPid = session.backendPid;
      await block(session, swap);
      const ended = await whileNobodyIsIn(
        session,
        { name: live.name, oids: [live.oid, next.oid], signal: job.signal },
        () => transact(session, swap),
      );
      return { ended, blockedMs: Math.round(performance.now() - startedMs) };
    });
  } catch (error) {
    if (backendPid === 0) throw error;
    const lost = { jobId: job.id, backendPid };
    const isSwapped = await settle(place, swap, lost, job, error);
    if (!isSwapped) throw error;
    job.note('The connection was lost while the names were swapped; the server has done it.');
    return { ended: [], blockedMs: Math.round(performance.now() - startedMs) };
  }
}

/** Everybody may connect again, unless all is as it should be. Throws what the swap failed with where nobody can say. */
async function settle(
  place: ServerPlace,
  swap: Swap,
  lost: LostSession,
  job: JobControl,
  cause: unknown,
): Promise<boolean> {
  const { live, next, nextMark } = swap;
  const wanted = { oid: next.oid, name: live.name, avoid: [live.name, next.database] };
  try {
    const isSwapped = await hasTakenName(place, wanted, lost, (session) =>
      giveBack(session, { ...nextMark, blockedOid: live.oid }),
    );
    if (!isSwapped && nextMark.kind === 'old') job.trace({ scratch: null });
    return isSwapped;
  } catch {
    job.note(
      `The server could not be asked whether the names were swapped, and ${live.name} may take no connections. PgVitals looks after both at its next start.`,
    );
    throw cause;
  }
}

/** Under their names, with their oids and the token: nothing else is ever renamed. PLAN_STALE where it is not so. */
async function assertParties(session: WriteSession, { live, next, nextMark, oldName }: Swap): Promise<void> {
  const [first, second, third] = [
    await findDatabase(session, live.name),
    await findDatabase(session, next.database),
    await findDatabase(session, oldName),
  ];
  const isRight =
    first?.oid === live.oid &&
    second?.oid === next.oid &&
    second.mark?.token === nextMark.token &&
    third === null;
  if (!isRight)
    throw new EngineError(
      'PLAN_STALE',
      `${live.name} or ${next.database} is not the database any more that this was begun with.`,
      'Look at the databases of the server, then preview again.',
    );
  const prepared = await session.rows('SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database = $1', [
    live.name,
  ]);
  if (prepared.length > 0)
    throw new EngineError(
      'PLAN_REFUSED',
      `${live.name} has ${prepared.length} prepared transactions (${String(prepared[0]?.[0])}): it cannot be renamed before they end.`,
      'Ask their transaction manager to commit them or to roll them back.',
    );
}

/** The mark comes first: whoever finds the databases blocked knows by it that we did it. */
async function block(session: WriteSession, { live, next, nextMark, oldName }: Swap): Promise<void> {
  await setMark(session, next.database, { ...nextMark, blockedOid: live.oid });
  for (const sql of swapSql(live.name, next.database, oldName).slice(0, 2))
    await session.run(sql, CATALOG_LIMITS);
}

/**
 * Runs a transaction that renames databases, each time after ending the sessions in them; again, a few times, while
 * somebody gets in before it. PLAN_REFUSED with their names at the end. Returns whom it ended.
 */
export async function whileNobodyIsIn(
  session: WriteSession,
  {
    name,
    oids,
    signal,
  }: { readonly name: string; readonly oids: readonly number[]; readonly signal: AbortSignal },
  transaction: () => Promise<void>,
): Promise<OtherSession[]> {
  const ended: OtherSession[] = [];
  for (let attempt = 0; ; attempt += 1) {
    throwIfAborted(signal);
    ended.push(...(await endSessions(session, oids)));
    try {
      await transaction();
      return ended;
    } catch (error) {
      if (session.isLost) throw error;
      await session.rollBack();
      const isBusy = error instanceof EngineError && AGAIN.has(error.sqlState ?? '');
      const pauseMs = PAUSES_MS[attempt];
      if (!isBusy) throw error;
      if (pauseMs === undefined) throw await inUse(session, name, oids, error);
      await delay(pauseMs);
    }
  }
}

async function transact(session: WriteSession, swap: Swap): Promise<void> {
  const { live, next, oldName, oldMark, nextComment, check } = swap;
  const [begin = '', ...rest] = swapSql(live.name, next.database, oldName).slice(2);
  await session.run(begin, RENAME_LIMITS);
  for (const sql of rest.slice(0, -1)) await session.run(sql, RENAME_LIMITS);
  await session.run(commentSql(oldName, markText(oldMark)), RENAME_LIMITS);
  await session.run(commentSql(live.name, nextComment), RENAME_LIMITS);
  await check?.(session);
  await session.run(rest.at(-1) ?? 'COMMIT', RENAME_LIMITS);
}

async function inUse(
  session: WriteSession,
  name: string,
  oids: readonly number[],
  cause: EngineError,
): Promise<EngineError> {
  const there = await sessionsIn(session, oids).catch(() => []);
  const who = there.map((other) => other.who).join(', ');
  return new EngineError(
    'PLAN_REFUSED',
    `${name} is still in use${who ? ` by ${who}` : ''}: ${cause.message}`,
    'Stop what connects to it, then try again. No name was changed.',
    { cause, ...(cause.sqlState === null ? {} : { sqlState: cause.sqlState }) },
  );
}

/** How long a server has to come back after a crash of one of its processes. */
const SERVER_BACK_MS = 15_000;
const BACKEND_GONE_MS = 20_000;
const LOOK_EVERY_MS = 200;

/** A session that was lost, or had to give up. */
export interface LostSession {
  readonly jobId: string;
  readonly backendPid: number;
}

/** After a failure: did the server take the COMMIT? What it was doing is waited for. */
export async function hasTakenName(
  place: ServerPlace,
  wanted: { readonly oid: number; readonly name: string; readonly avoid: readonly string[] },
  lost: LostSession,
  otherwise: (session: WriteSession) => Promise<void> = async () => undefined,
): Promise<boolean> {
  return untilServerIsBack(() =>
    onServer(place, { jobId: lost.jobId, avoid: wanted.avoid }, async (session) => {
      await untilGone(session, 'pid = $1 AND application_name = $2', [
        lost.backendPid,
        maintenanceName(lost.jobId),
      ]);
      const isTaken = (await findDatabaseByOid(session, wanted.oid))?.name === wanted.name;
      if (!isTaken) await otherwise(session);
      return isTaken;
    }),
  );
}

/** Waits for backends of ours that nobody listens to any more: what they had begun is over then, one way or the other. */
export async function untilGone(
  session: WriteSession,
  where: string,
  values: readonly unknown[],
): Promise<void> {
  const untilMs = performance.now() + BACKEND_GONE_MS;
  for (;;) {
    const there = await session.rows(
      `SELECT pid FROM pg_catalog.pg_stat_activity WHERE pid <> pg_catalog.pg_backend_pid() AND ${where}`,
      values,
    );
    if (there.length === 0) return;
    if (performance.now() > untilMs)
      throw new EngineError(
        'JOB_RUNNING',
        `A session of this job still works on the server (pid ${String(there[0]?.[0])}) after ${formatDuration(BACKEND_GONE_MS)}.`,
        'Wait until it has ended, or end it.',
      );
    await delay(LOOK_EVERY_MS);
  }
}

/**
 * A server that recovers from a crash refuses for a moment, and one that dies closes what it has just accepted: asked
 * again for 15 s, unless another server answers.
 */
export async function untilServerIsBack<T>(work: () => Promise<T>): Promise<T> {
  const untilMs = performance.now() + SERVER_BACK_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isFinal =
        !(error instanceof EngineError) || /^(PLAN_STALE|PLAN_REFUSED|JOB_RUNNING)$/.test(error.code);
      if (isFinal || performance.now() > untilMs) throw error;
      await delay(LOOK_EVERY_MS * 2);
    }
  }
}
