import type { Facts } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { ServerDelta } from '#shared/model/statistics.ts';

/** Counters of one moment, as far as a delta needs them. */
export interface Reading {
  readonly atMs: number;
  readonly database: Pick<
    Facts['databases'][number],
    'blocksRead' | 'blocksHit' | 'xactCommit' | 'xactRollback' | 'tempBytes' | 'statisticsResetAt'
  > | null;
  readonly server: Facts['serverCounters'] | null;
}

export function readingOf({ collectedAt, facts }: Snapshot): Reading {
  return {
    atMs: Date.parse(collectedAt),
    database: facts.databases?.find((d) => d.oid === facts.server.databaseOid) ?? null,
    server: facts.serverCounters ?? null,
  };
}

/** What lies between two readings; null where a counter was reset in between, or there is no time between. */
export function deltaOf(before: Reading, now: Reading): ServerDelta | null {
  const seconds = (now.atMs - before.atMs) / 1000;
  const [a, b] = [before.database, now.database];
  const [c, d] = [before.server, now.server];
  if (seconds <= 0 || !a || !b || !c || !d || a.statisticsResetAt !== b.statisticsResetAt) return null;
  const read = b.blocksRead - a.blocksRead;
  const hit = b.blocksHit - a.blocksHit;
  const transactions = b.xactCommit + b.xactRollback - a.xactCommit - a.xactRollback;
  if (Math.min(read, hit, transactions) < 0) return null;
  const wal =
    c.wal && d.wal
      ? { bytes: d.wal.bytes - c.wal.bytes, images: d.wal.fullPageImages - c.wal.fullPageImages }
      : null;
  return {
    seconds,
    hitPercent: read + hit > 0 ? (hit / (read + hit)) * 100 : null,
    blocksReadPerSecond: read / seconds,
    transactionsPerSecond: transactions / seconds,
    tempBytes: b.tempBytes - a.tempBytes,
    walBytesPerSecond: wal === null ? null : Math.max(0, wal.bytes) / seconds,
    fullPageImages: wal === null ? null : Math.max(0, wal.images),
    checkpointsTimed: d.checkpoints.timed - c.checkpoints.timed,
    checkpointsRequested: d.checkpoints.requested - c.checkpoints.requested,
    checkpointBuffers: d.checkpoints.buffersWritten - c.checkpoints.buffersWritten,
  };
}
