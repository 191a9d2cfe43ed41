import type { Facts } from '#shared/model/facts.ts';
import type { DatabaseDelta, ServerDelta } from '#shared/model/statistics.ts';

type DatabaseCounters = Pick<
  Facts['databases'][number],
  'countedAt' | 'statisticsResetAt' | 'blocksRead' | 'blocksHit' | 'xactCommit' | 'xactRollback' | 'tempBytes'
>;
type ServerCounters = Pick<Facts['serverCounters'], 'countedAt' | 'wal' | 'checkpoints'>;

/** Keeps the last two readings of one kind of counters, for each connection. */
export class Readings<Counters extends { readonly countedAt: string | null }> {
  readonly #kept = new Map<string, { readonly now: Counters; readonly before: Counters | null }>();

  /**
   * The reading before `now`; null at the first. Facts have an age each: the same reading seen again, because the page
   * read other facts only, is not a new one.
   */
  before(connectionId: string, now: Counters): Counters | null {
    const last = this.#kept.get(connectionId);
    if (last?.now.countedAt === now.countedAt) return last.before;
    this.#kept.set(connectionId, { now, before: last?.now ?? null });
    return last?.now ?? null;
  }
}

/** What one database did between two readings; null where its counters were reset in between. */
export function databaseDelta(before: DatabaseCounters, now: DatabaseCounters): DatabaseDelta | null {
  const seconds = secondsBetween(before, now);
  if (seconds === null || before.statisticsResetAt !== now.statisticsResetAt) return null;
  const read = now.blocksRead - before.blocksRead;
  const hit = now.blocksHit - before.blocksHit;
  const transactions = now.xactCommit + now.xactRollback - before.xactCommit - before.xactRollback;
  const tempBytes = now.tempBytes - before.tempBytes;
  // A crash loses the counters, and not every version says so by a new time of reset.
  if (Math.min(read, hit, transactions, tempBytes) < 0) return null;
  return {
    seconds,
    hitPercent: read + hit > 0 ? (hit / (read + hit)) * 100 : null,
    blocksReadPerSecond: read / seconds,
    transactionsPerSecond: transactions / seconds,
    tempBytes,
  };
}

/** What the server did between two readings; a part is null where its counters were reset in between. */
export function serverDelta(before: ServerCounters, now: ServerCounters): ServerDelta | null {
  const seconds = secondsBetween(before, now);
  if (seconds === null) return null;
  return { seconds, wal: walDelta(before, now, seconds), checkpoints: checkpointDelta(before, now) };
}

function walDelta(
  { wal: before }: ServerCounters,
  { wal: now }: ServerCounters,
  seconds: number,
): ServerDelta['wal'] {
  if (!before || !now || before.resetAt !== now.resetAt) return null;
  const bytes = now.bytes - before.bytes;
  const fullPageImages = now.fullPageImages - before.fullPageImages;
  return Math.min(bytes, fullPageImages) < 0 ? null : { bytesPerSecond: bytes / seconds, fullPageImages };
}

function checkpointDelta(
  { checkpoints: before }: ServerCounters,
  { checkpoints: now }: ServerCounters,
): ServerDelta['checkpoints'] {
  if (before.resetAt !== now.resetAt) return null;
  const timed = now.timed - before.timed;
  const requested = now.requested - before.requested;
  const buffersWritten = now.buffersWritten - before.buffersWritten;
  return Math.min(timed, requested, buffersWritten) < 0 ? null : { timed, requested, buffersWritten };
}

type Counted = Pick<DatabaseCounters, 'countedAt'>;

/** By the server's clock; null where it stood still or was set back. */
function secondsBetween({ countedAt: from }: Counted, { countedAt: to }: Counted): number | null {
  if (from === null || to === null) return null;
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
  return seconds > 0 ? seconds : null;
}
