import type { Facts, IoFact } from '#shared/model/facts.ts';
import type { DatabaseDelta, IoRow, ServerDelta } from '#shared/model/statistics.ts';

type DatabaseCounters = Pick<
  Facts['databases'][number],
  'countedAt' | 'statisticsResetAt' | 'blocksRead' | 'blocksHit' | 'xactCommit' | 'xactRollback' | 'tempBytes'
>;
type ServerCounters = Pick<Facts['serverCounters'], 'countedAt' | 'wal' | 'walWrites' | 'checkpoints'>;
type IoCounters = Pick<Facts['serverCounters'], 'countedAt' | 'io' | 'ioResetAt'>;

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
  return {
    seconds,
    wal: walDelta(before, now, seconds),
    walWrites: walWritesDelta(before, now),
    checkpoints: checkpointDelta(before, now),
  };
}

/** Every kind of process with what it did between two readings; one that was not there before had done nothing. */
export function ioRows(before: IoCounters | null, now: IoCounters): readonly IoRow[] | null {
  if (now.io === null) return null;
  const seconds = before === null ? null : secondsBetween(before, now);
  const isComparable = seconds !== null && before?.io !== null && before?.ioResetAt === now.ioResetAt;
  const keyOf = ({ backendType, object, context }: IoFact): string => `${backendType} ${object} ${context}`;
  const known = new Map((before?.io ?? []).map((row) => [keyOf(row), row]));
  return now.io.map((row) => {
    const then = known.get(keyOf(row));
    const grown = (of: 'readBytes' | 'writtenBytes' | 'hits'): number => row[of] - (then?.[of] ?? 0);
    const [read, written, hits] = [grown('readBytes'), grown('writtenBytes'), grown('hits')];
    const lately =
      isComparable && Math.min(read, written, hits) >= 0
        ? {
            readBytesPerSecond: read / seconds,
            writtenBytesPerSecond: written / seconds,
            hitsPerSecond: hits / seconds,
          }
        : null;
    return { ...row, lately };
  });
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

function walWritesDelta(
  { walWrites: before }: ServerCounters,
  { walWrites: now }: ServerCounters,
): ServerDelta['walWrites'] {
  if (!before || !now || before.resetAt !== now.resetAt) return null;
  const writes = now.writes - before.writes;
  const syncs = now.syncs - before.syncs;
  if (Math.min(writes, syncs) < 0) return null;
  const time = (of: 'writeMs' | 'syncMs'): number | null => {
    const [from, to] = [before[of], now[of]];
    return from === null || to === null ? null : to - from;
  };
  return { writes, syncs, writeMs: time('writeMs'), syncMs: time('syncMs') };
}

function checkpointDelta(
  { checkpoints: before }: ServerCounters,
  { checkpoints: now }: ServerCounters,
): ServerDelta['checkpoints'] {
  if (!before || !now || before.resetAt !== now.resetAt) return null;
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
