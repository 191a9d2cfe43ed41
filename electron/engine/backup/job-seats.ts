import { withSeats } from '#engine/postgres/server-seats.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import type { JobControl, JobPlan } from './job.ts';

/**
 * Runs the work of a job with all the connections that it ever has at once, kept for it from the beginning to the end: in
 * the middle of a restore nothing may have to wait for another job. Throws what `takeSeat` throws.
 */
export function seated<T>(
  target: ConnectionTarget,
  { title }: Pick<JobPlan, 'title'>,
  count: number,
  job: JobControl,
  work: () => Promise<T>,
): Promise<T> {
  const { id, signal, note } = job;
  return withSeats(target, { jobId: id, who: `“${title}”`, count, signal, onWait: note }, work);
}

/** With the snapshot's own session. */
export const SNAPSHOT_SEATS = 1;
/** What a restore does around pg_restore: a look into the new database, from beside it. */
export const RESTORE_SEATS = 2;
