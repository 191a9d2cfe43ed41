import type { QueryClient } from '@tanstack/react-query';
import { create } from 'zustand';
import type { BackupJob } from '#shared/model/backup.ts';
import { backupsKey } from '../api/backups.ts';
import type { Client } from '../api/client.ts';
import { keys } from '../api/queries.ts';
import { announce } from '../components/LiveRegion.tsx';
import { refreshInsight } from './refresh.ts';
import { OUTCOME } from './words.ts';

interface BackupJobs {
  /** The latest job of each connection: there is one at a time. */
  readonly jobs: Readonly<Record<string, BackupJob>>;
  put(connectionId: string, job: BackupJob): void;
  dismiss(connectionId: string): void;
}

export const useBackupJobs = create<BackupJobs>()((set) => ({
  jobs: {},
  put: (connectionId, job) => set(({ jobs }) => ({ jobs: { ...jobs, [connectionId]: job } })),
  dismiss: (connectionId) => set(({ jobs }) => ({ jobs: withoutEnded(jobs, connectionId) })),
}));

const followed = new Set<string>();

/** Listens to a job until it ends, whatever page is open; never rejects. At its end the lists are read anew. */
export async function followBackupJob(
  client: Client,
  queries: QueryClient,
  connectionId: string,
  jobId: string,
): Promise<void> {
  const known = useBackupJobs.getState().jobs[connectionId];
  // A window hears of its own jobs twice, of one that is over already, too.
  if (followed.has(jobId) || (known?.id === jobId && known.outcome !== 'running')) return;
  followed.add(jobId);
  // The list says what is being worked on.
  void queries.invalidateQueries({ queryKey: backupsKey(connectionId) });
  try {
    for await (const { type, job } of await client.backups.watch({ connectionId, jobId })) {
      const before = useBackupJobs.getState().jobs[connectionId];
      const hasEnded = before?.id === jobId && before.outcome !== 'running';
      if (job.outcome !== 'running' && !hasEnded) await listsOf(queries, connectionId);
      const asked = before?.question ?? null;
      useBackupJobs.getState().put(connectionId, job);
      if (job.question !== null && job.question !== asked) announce(job.question);
      if (type === 'done') announce(`${OUTCOME[job.outcome].word}: ${job.title}.`);
    }
  } catch {
    // Nobody can say how it ended: the lists can.
    const last = useBackupJobs.getState().jobs[connectionId];
    if (last?.id === jobId && last.outcome === 'running')
      useBackupJobs.getState().put(connectionId, { ...last, outcome: 'interrupted' });
  } finally {
    followed.delete(jobId);
    // A restore gives the name of the database to another one: every page reads anew.
    refreshInsight(queries, connectionId);
    void queries.invalidateQueries({ queryKey: keys.facts(connectionId) });
  }
}

/** Read anew first: a backup that is done must not stand above a list without it. One that hangs does not hide the end. */
async function listsOf(queries: QueryClient, connectionId: string): Promise<void> {
  const read = queries.invalidateQueries({ queryKey: backupsKey(connectionId) });
  await Promise.race([read, new Promise((resolve) => setTimeout(resolve, MOST_WAIT_MS))]);
}

const MOST_WAIT_MS = 2_000;

function withoutEnded(
  jobs: Readonly<Record<string, BackupJob>>,
  connectionId: string,
): Readonly<Record<string, BackupJob>> {
  if (jobs[connectionId]?.outcome === 'running') return jobs;
  const { [connectionId]: _ended, ...others } = jobs;
  return others;
}
