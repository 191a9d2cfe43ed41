import type { DatabaseSync } from 'node:sqlite';

export interface Retention {
  /** Every sample is kept for so long … */
  readonly wholeMs: number;
  /** … and after that one per hour, for so long. */
  readonly hourlyMs: number;
  /** The file stays below this; the oldest samples go first. */
  readonly fileBytes: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
export const DEFAULT_RETENTION: Retention = {
  wholeMs: 7 * DAY_MS,
  hourlyMs: 90 * DAY_MS,
  fileBytes: 256 * 1024 * 1024,
};

/** Drops what is older than `retention` keeps, and gives the space back. Each object keeps where it stood at the cut. */
export function prune(file: DatabaseSync, retention: Retention, nowMs: number): void {
  thin(file, nowMs - retention.wholeMs);
  cut(file, nowMs - retention.hourlyMs);
  release(file);
  for (let round = 0; round < 20 && fileBytes(file) > retention.fileBytes; round += 1) {
    const oldest = Number(file.prepare('SELECT min(at_ms) AS at FROM sample').get()?.['at'] ?? Number.NaN);
    if (!Number.isFinite(oldest) || oldest >= nowMs) return;
    cut(file, oldest + Math.max(HOUR_MS, (nowMs - oldest) / 8));
    release(file);
  }
}

export function fileBytes(file: DatabaseSync): number {
  const read = (pragma: string): number => Number(file.prepare(`PRAGMA ${pragma}`).get()?.[pragma] ?? 0);
  return read('page_count') * read('page_size');
}

/** Of each hour before `beforeMs` only the last sample, and the last row of each object. */
function thin(file: DatabaseSync, beforeMs: number): void {
  file
    .prepare(
      `DELETE FROM sample WHERE at_ms < ?1 AND at_ms < (
         SELECT max(at_ms) FROM sample AS other WHERE other.monitored_id = sample.monitored_id
           AND other.at_ms / ${HOUR_MS} = sample.at_ms / ${HOUR_MS})`,
    )
    .run(beforeMs);
  file
    .prepare(
      `DELETE FROM counter WHERE at_ms < ?1 AND EXISTS (
         SELECT 1 FROM counter AS other WHERE other.object_id = counter.object_id AND other.at_ms > counter.at_ms
           AND other.at_ms / ${HOUR_MS} = counter.at_ms / ${HOUR_MS})`,
    )
    .run(beforeMs);
}

/** Nothing before `beforeMs` but the last row of each object, where it was not gone. */
function cut(file: DatabaseSync, beforeMs: number): void {
  file.prepare('DELETE FROM sample WHERE at_ms < ?').run(beforeMs);
  file
    .prepare(
      `DELETE FROM counter WHERE at_ms < ?1 AND (figures IS NULL OR at_ms < (
         SELECT max(at_ms) FROM counter AS other WHERE other.object_id = counter.object_id AND other.at_ms < ?1))`,
    )
    .run(beforeMs);
  file.exec('DELETE FROM object WHERE NOT EXISTS (SELECT 1 FROM counter WHERE object_id = object.id)');
  file.prepare('DELETE FROM audit WHERE at_ms < ?').run(beforeMs);
}

function release(file: DatabaseSync): void {
  file.exec('PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)');
}
