import type { QueryClient } from '@tanstack/react-query';
import { create } from 'zustand';
import { formatCountOf } from '#shared/model/format.ts';
import type { Job, JobAction, JobEvent, JobProgress } from '#shared/model/plan.ts';
import type { Client } from '../api/client.ts';
import { keys } from '../api/queries.ts';
import { announce } from '../components/LiveRegion.tsx';
import { refreshInsight } from './refresh.ts';
import { OUTCOME } from './words.ts';

/** A job as this window sees it: it runs in the engine, whoever looks. */
export interface FollowedJob {
  readonly connectionId: string;
  readonly job: Job;
  /** Of the action that runs; null between two actions. */
  readonly progress: { readonly at: number; readonly progress: JobProgress } | null;
  /** Its end was shown in the dialog. */
  readonly isRead: boolean;
}

interface Jobs {
  readonly jobs: Readonly<Record<string, FollowedJob>>;
  put(jobId: string, job: FollowedJob): void;
  markRead(jobId: string): void;
}

export const useJobs = create<Jobs>()((set) => ({
  jobs: {},
  put: (jobId, job) => set(({ jobs }) => ({ jobs: { ...jobs, [jobId]: job } })),
  markRead: (jobId) =>
    set(({ jobs }) => {
      const job = jobs[jobId];
      return job ? { jobs: { ...jobs, [jobId]: { ...job, isRead: true } } } : {};
    }),
}));

const followed = new Set<string>();

/**
 * Listens to a job until it ends, also when its dialog is closed; never rejects. At its end every page reads anew, for
 * what they show has changed.
 */
export async function followJob(
  client: Client,
  queries: QueryClient,
  connectionId: string,
  jobId: string,
): Promise<void> {
  const known = useJobs.getState().jobs[jobId];
  if (followed.has(jobId) || (known && known.job.outcome !== 'running')) return;
  followed.add(jobId);
  const { put } = useJobs.getState();
  try {
    for await (const event of await client.plans.watch({ connectionId, jobId })) {
      const next = follow(useJobs.getState().jobs[jobId], event, connectionId);
      if (next) put(jobId, next);
      if (event.type === 'done') ended(queries, connectionId, event.job);
    }
  } catch {
    // It ended while nobody could watch: the journal knows how.
    const job = await client.plans.job({ connectionId, jobId }).catch(() => null);
    if (job) {
      put(jobId, { connectionId, job, progress: null, isRead: false });
      ended(queries, connectionId, job);
    }
  } finally {
    followed.delete(jobId);
  }
}

function ended(queries: QueryClient, connectionId: string, job: Job): void {
  announce(`${OUTCOME[job.outcome].word}: ${job.title}. ${doneInWords(job)}`);
  refreshInsight(queries, connectionId);
  void queries.invalidateQueries({ queryKey: keys.facts(connectionId) });
  void queries.invalidateQueries({ queryKey: keys.journal(connectionId) });
}

/** What an event makes of what was known; null where nothing was, and the event tells too little. */
export function follow(
  before: FollowedJob | undefined,
  event: JobEvent,
  connectionId: string,
): FollowedJob | null {
  switch (event.type) {
    case 'state':
    case 'done':
      return { connectionId, job: event.job, progress: null, isRead: before?.isRead ?? false };
    case 'action': {
      if (!before) return null;
      const actions = before.job.actions.with(event.at, event.action);
      return { ...before, job: { ...before.job, actions }, progress: null };
    }
    case 'progress':
      return before ? { ...before, progress: { at: event.at, progress: event.progress } } : null;
  }
}

/** How far it is: actions that came to an end of whatever kind, and 0–1 of all with what the server tells of the one that runs. */
export function shareOf({ job, progress }: FollowedJob): { readonly ended: number; readonly share: number } {
  const ended = job.actions.filter(hasEnded).length;
  const percent = progress?.progress.percent ?? 0;
  return { ended, share: Math.min(1, (ended + percent / 100) / Math.max(1, job.actions.length)) };
}

export function doneInWords({ actions }: Pick<Job, 'actions'>): string {
  const done = actions.filter(({ outcome }) => outcome === 'done').length;
  return done === actions.length
    ? `${formatCountOf(done, 'change')} made.`
    : `${formatCountOf(done, 'change')} of ${actions.length} made.`;
}

function hasEnded({ outcome }: JobAction): boolean {
  return outcome !== 'waiting' && outcome !== 'running';
}
