import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  isSameProcess,
  mentions,
  processesMentioning,
  processStart,
} from '#engine/embedded/process-identity.ts';
import type { BackupStore, StoredBackupJob } from '#engine/store/backups.ts';
import { isFolderTaken } from './folder-lock.ts';
import type { JobTrace } from './job.ts';
import { removePartial } from './partial.ts';
import { sweepPasswordFiles } from './password-file.ts';

/** Who runs a job: after a restart nobody else can say whether it still does. */
export interface JobOwner {
  readonly pid: number;
  readonly start: string | null;
}

export async function ownProcess(): Promise<JobOwner> {
  return { pid: process.pid, start: await processStart(process.pid) };
}

/**
 * Looks after jobs that nobody saw end: their pg_dump is ended, their unfinished folder and password file removed, and
 * they are filed as interrupted, or as done where the backup had been given its name. Jobs of another PgVitals that runs
 * are left alone. What they left on a server is removed when that server is next connected to (`recoverServer`).
 */
export async function recoverLeftovers(store: BackupStore, log: (message: string) => void): Promise<void> {
  await sweepPasswordFiles();
  for (const stored of store.unfinished()) {
    const trace = traceOf(stored);
    if ((await isAlive(stored)) || isWritten(trace)) continue;
    await clear(stored.job.id, trace);
    if (stored.job.kind === 'create' && (await isFiled(trace))) {
      const endedAt = new Date().toISOString();
      store.end({ ...stored.job, outcome: 'done', backupId: stored.job.id, progress: null, endedAt });
      continue;
    }
    log(`backup job ${stored.job.id} (${stored.job.title}) was interrupted; what it had begun is removed`);
    store.end({
      ...stored.job,
      outcome: 'interrupted',
      endedAt: new Date().toISOString(),
      progress: null,
      error: {
        message: 'PgVitals ended before this was done.',
        nextStep: 'Start it again; nothing of it was kept.',
      },
    });
  }
}

/** A client that was being started at that moment is not known by its name yet, and writes once more: looked at again. */
async function clear(jobId: string, trace: JobTrace): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    for (const child of await orphansOf(jobId, trace)) await endOrphan(child);
    if (trace.partial === null || (await removePartial(trace.partial))) return;
    await delay(LOOK_MS);
  }
}

const MOST_LOOKS = 20;
const LOOK_MS = 100;

/** It has its final name, which is given last: only its job was not told any more. */
async function isFiled({ partial }: JobTrace): Promise<boolean> {
  const status = await lstat(partial?.replace(/\.partial$/, '') ?? '').catch(() => null);
  return status?.isDirectory() ?? false;
}

export function traceOf({ trace }: StoredBackupJob): JobTrace {
  return trace as JobTrace;
}

async function isAlive({ process: owner }: StoredBackupJob): Promise<boolean> {
  const { pid, start } = owner as JobOwner;
  return isSameProcess(pid, start);
}

/** Its process may be one of another container or machine, whose number says nothing here. */
function isWritten({ partial }: JobTrace): boolean {
  return partial !== null && isFolderTaken(dirname(partial));
}

/** Those that were written down, and one that had just been started: its connection is named after the job. */
async function orphansOf(jobId: string, { children }: JobTrace): Promise<JobTrace['children']> {
  const named = await processesMentioning(jobId);
  const unknown = named.filter((pid) => !children.some((child) => child.pid === pid));
  return [
    ...children,
    ...(await Promise.all(unknown.map(async (pid) => ({ pid, start: await processStart(pid) })))),
  ];
}

/** Only the very process that was started then, and only while it is what it was. */
async function endOrphan({ pid, start }: JobTrace['children'][number]): Promise<void> {
  if (start === null || !(await isSameProcess(pid, start))) return;
  if (!(await mentions(pid, 'pg_dump')) && !(await mentions(pid, 'pg_restore'))) return;
  kill(pid, 'SIGTERM');
  for (let look = 0; look < 100 && (await isSameProcess(pid, start)); look += 1) await delay(LOOK_MS);
  if (await isSameProcess(pid, start)) kill(pid, 'SIGKILL');
}

/** With its workers: each tool is the leader of a group (tool-process.ts). */
function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // Gone in the meantime.
  }
}
