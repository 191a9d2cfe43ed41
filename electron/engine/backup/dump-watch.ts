import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupProgress } from '#shared/model/backup.ts';
import { formatDuration } from '#shared/model/format.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import type { JobControl } from './job.ts';

/** After how long a dump that stands still is asked about, and after how long it is given up (reliability.md F45). */
export interface Patience {
  readonly noticeMs: number;
  readonly giveUpMs: number;
}
export const PATIENCE: Patience = { noticeMs: 5 * 60_000, giveUpMs: 30 * 60_000 };

/** The sessions of pg_dump as the server shows them: the same text as before = they stand still. */
export type LookAtServer = () => Promise<string>;

export interface Watched {
  readonly tablesTotal: number;
  /** What the dump is expected to come to; null or 0 = nothing is known. */
  readonly expectedBytes: number | null;
  readonly patience: Patience;
  readonly look: LookAtServer | null;
}

const POLL_MS = 500;

/**
 * Tells how far a dump is, from what pg_dump says and from what has arrived on the disk. Where neither moves, nor its
 * sessions on the server do, it asks whether to wait on, and at last stops it.
 */
export function watchGrowth(
  data: string,
  { tablesTotal, expectedBytes, patience, look }: Watched,
  job: Pick<JobControl, 'progress' | 'ask'>,
  stall: AbortController,
): { line(text: string): void; stop(): void } {
  const startedMs = performance.now();
  let phase = 'Reading the catalog';
  let tables = 0;
  let bytes = 0;
  let movedMs = startedMs;
  let isAsking = false;
  let lookedMs = startedMs;
  let seen: string | null = null;
  const moved = (): void => {
    movedMs = performance.now();
    if (isAsking) job.ask(null);
    isAsking = false;
  };
  const progressOf = (): BackupProgress => {
    const elapsedMs = performance.now() - startedMs;
    // Of tables that were never vacuumed or analysed nothing is known, which adds up to nothing.
    const share =
      expectedBytes === null || expectedBytes === 0 ? null : Math.min(0.99, bytes / expectedBytes);
    return {
      phase,
      tablesDone: Math.max(0, tables - 1),
      tablesTotal,
      bytes,
      bytesPerSecond: elapsedMs > 0 ? Math.round((bytes / elapsedMs) * 1000) : null,
      remainingMs: share !== null && share > 0.02 ? Math.round((elapsedMs / share) * (1 - share)) : null,
      percent: share === null ? null : Math.floor(share * 100),
    };
  };
  /** A table whose rows are all dead is read for long without a byte. A server that does not answer does not move either. */
  const lookAtServer = (): void => {
    const nowMs = performance.now();
    if (look === null || nowMs - movedMs < patience.noticeMs / 5 || nowMs - lookedMs < patience.noticeMs / 10)
      return;
    lookedMs = Infinity;
    void look()
      .then((now) => {
        if (seen !== null && now !== seen) moved();
        seen = now;
      })
      .catch(() => undefined)
      .finally(() => (lookedMs = performance.now()));
  };
  const poll = setInterval(() => {
    void sizeOf(data).then((size) => {
      if (size !== bytes) moved();
      bytes = size;
      lookAtServer();
      const idleMs = performance.now() - movedMs;
      if (idleMs > patience.giveUpMs) stall.abort();
      else if (idleMs > patience.noticeMs && !isAsking) {
        isAsking = true;
        job.ask({ text: questionOf(patience), waitOn: moved });
      }
      job.progress(progressOf());
    });
  }, POLL_MS);
  return {
    line: (text) => {
      moved();
      const table = /dumping contents of table "?(.+?)"?$/.exec(text)?.[1];
      if (table === undefined) return;
      tables += 1;
      phase = `Dumping ${table}`;
    },
    stop: () => {
      clearInterval(poll);
      if (isAsking) job.ask(null);
    },
  };
}

/** What tells a session that works from one that hangs: waits and counters change, if only between moments of reading. */
export function lookThrough(session: WriteSession, jobId: string): LookAtServer {
  return async () => {
    // In a transaction, as this one is, the server shows again what it showed first.
    await session.rows('SELECT pg_catalog.pg_stat_clear_snapshot()');
    return JSON.stringify(
      await session.rows(
        `SELECT a.pid, a.state, a.query_start::pg_catalog.text, a.wait_event, p.bytes_processed, p.tuples_processed
         FROM pg_catalog.pg_stat_activity a LEFT JOIN pg_catalog.pg_stat_progress_copy p ON p.pid = a.pid
         WHERE a.application_name = $1 ORDER BY a.pid`,
        [`pgvitals/backup:${jobId}`],
      ),
    );
  };
}

function questionOf({ noticeMs, giveUpMs }: Patience): string {
  return `Nothing has arrived from pg_dump for ${formatDuration(noticeMs)}, and nothing moves on the server. Unless you wait on, it is ended after ${formatDuration(giveUpMs)}.`;
}

async function sizeOf(path: string): Promise<number> {
  try {
    const status = await lstat(path);
    if (!status.isDirectory()) return status.size;
    const sizes = await Promise.all(
      (await readdir(path)).map((name) => lstat(join(path, name)).then(({ size }) => size)),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    return 0;
  }
}
