import { createBegunJobs } from '#engine/begun-jobs.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import type { BackupStore } from '#engine/store/backups.ts';
import { type JobPlan, type RunningBackupJob, startBackupJob } from './job.ts';
import type { JobOwner } from './recover.ts';

export type JobWork = Pick<JobPlan, 'kind' | 'title' | 'steps' | 'work'>;

export interface RunningJobs {
  /** JOB_RUNNING while another job of the connection runs, or one that works on the same backup. */
  start(
    connectionId: string,
    where: { readonly folder: string; readonly owner: JobOwner; readonly database: string },
    work: JobWork,
    uses: readonly string[],
    /** Another connection on whose server it works: the job ends with that one, too. */
    guestOf?: string | null,
  ): { jobId: string };
  /** NOT_FOUND where it is of another connection, or forgotten. */
  of(connectionId: string, jobId: string): RunningBackupJob;
  /** The one that runs, then each that begins, until the signal or `close`. */
  running(connectionId: string, options: Abortable): AsyncIterable<{ readonly jobId: string }>;
  /** What a job does to this backup now: "being verified". */
  busy(backupId: string): string | null;
  /** Cancels what runs and waits for its end. */
  close(connectionId: string): Promise<void>;
}

const MOST_ENDED_JOBS = 50;

/** The jobs of this process: one of a connection at a time, each written down before it begins. */
export function createRunningJobs(store: BackupStore, log: (message: string) => void): RunningJobs {
  const jobs = new Map<string, RunningBackupJob>();
  const busy = new Map<string, string>();
  const begun = createBegunJobs();
  /** Connections on whose servers jobs of others work. */
  const guests = new Map<string, string>();
  const ofConnection = (connectionId: string): readonly RunningBackupJob[] =>
    [...jobs.values()].filter((job) => job.connectionId === connectionId);
  const isRunning = (job: RunningBackupJob): boolean => job.current().outcome === 'running';

  return {
    start: (connectionId, { folder, owner, database }, work, uses, guestOf = null) => {
      const other = ofConnection(connectionId).find(isRunning);
      if (other)
        throw new EngineError(
          'JOB_RUNNING',
          `Another job of this connection runs: ${other.current().title}.`,
          'Wait until it is over, or cancel it.',
        );
      const taken = uses.map((id) => busy.get(id)).find((word) => word !== undefined);
      if (taken !== undefined)
        throw new EngineError(
          'JOB_RUNNING',
          `This backup is ${taken} now.`,
          'Wait until that is over, or cancel it.',
        );
      const job = startBackupJob(
        { connectionId, ...work },
        {
          begin: (state, trace) => store.begin(folder, database, state, trace, owner),
          trace: (id, trace) => store.trace(id, trace),
          end: (state) => store.end(state),
        },
        log,
      );
      for (const id of uses) busy.set(id, BUSY_WORDS[work.kind]);
      void job.ended.then(() => {
        guests.delete(job.id);
        for (const id of uses) busy.delete(id);
      });
      const ended = [...jobs.values()].filter((one) => !isRunning(one));
      for (const { id } of ended.slice(0, -MOST_ENDED_JOBS)) jobs.delete(id);
      jobs.set(job.id, job);
      if (guestOf !== null) guests.set(job.id, guestOf);
      begun.tell(connectionId, job.id);
      return { jobId: job.id };
    },
    of: (connectionId, jobId) => {
      const job = jobs.get(jobId);
      if (!job || job.connectionId !== connectionId)
        throw new EngineError(
          'NOT_FOUND',
          'This job does not run any more.',
          'Read the list of backups again.',
        );
      return job;
    },
    running: (connectionId, { signal }) => {
      const running = ofConnection(connectionId).filter(isRunning);
      return begun.listen(
        connectionId,
        running.map(({ id }) => id),
        signal,
      );
    },
    busy: (backupId) => busy.get(backupId) ?? null,
    close: async (connectionId) => {
      begun.end(connectionId);
      const own = ofConnection(connectionId);
      const affected = [...jobs.values()].filter(
        (job) => job.connectionId === connectionId || guests.get(job.id) === connectionId,
      );
      for (const job of affected) job.cancel();
      await Promise.all(affected.map(({ ended }) => ended));
      for (const { id } of own) jobs.delete(id);
    },
  };
}

const BUSY_WORDS: Readonly<Record<JobPlan['kind'], string>> = {
  create: 'being made',
  verify: 'being verified',
  restore: 'being restored',
  replace: 'being restored',
  'swap back': 'in use',
  'drop old': 'in use',
  delete: 'being deleted',
  prune: 'being deleted',
};
