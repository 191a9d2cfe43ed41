import { readFile } from 'node:fs/promises';
import { isSameProcess, processStart } from '#engine/embedded/process-identity.ts';
import type { BackupStore, StoredBackupJob } from '#engine/store/backups.ts';
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
 * they are filed as interrupted. Jobs of another PgVitals that runs are left alone. What they left on a server is removed
 * when that server is next connected to (`abandonedOn`).
 */
export async function recoverLeftovers(store: BackupStore, log: (message: string) => void): Promise<void> {
  await sweepPasswordFiles();
  for (const stored of store.unfinished()) {
    if (await isAlive(stored)) continue;
    const trace = traceOf(stored);
    for (const child of trace.children) await endOrphan(child);
    if (trace.partial !== null) await removePartial(trace.partial);
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

export function traceOf({ trace }: StoredBackupJob): JobTrace {
  return trace as JobTrace;
}

async function isAlive({ process: owner }: StoredBackupJob): Promise<boolean> {
  const { pid, start } = owner as JobOwner;
  return isSameProcess(pid, start);
}

/** Only the very process that was started then, and only while it is what it was. */
async function endOrphan({ pid, start }: JobTrace['children'][number]): Promise<void> {
  if (start === null || !(await isSameProcess(pid, start))) return;
  const isTool =
    process.platform !== 'linux' ||
    /pg_(dump|dumpall|restore)/.test(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
  if (!isTool) return;
  kill(pid, 'SIGTERM');
  for (let look = 0; look < 100 && (await isSameProcess(pid, start)); look += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  if (await isSameProcess(pid, start)) kill(pid, 'SIGKILL');
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone in the meantime.
  }
}
