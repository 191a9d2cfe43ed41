import LinearProgress from '@mui/material/LinearProgress';
import type { ReactElement } from 'react';
import { formatCount, formatPercent } from '#shared/model/format.ts';
import { prose } from '#renderer/components/ObjectName.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { type FollowedJob, followJob, shareOf, useJobs } from '#renderer/state/jobs.ts';
import { usePlanDialog } from '#renderer/state/plan-dialog.ts';
import { OUTCOME } from '#renderer/state/words.ts';
import { ChipButton } from './ChipButton.tsx';
import { type JobKind, useBegunJobs } from './use-begun-jobs.ts';

/** The job of this connection that runs, or that ended while nobody looked; opens its dialog. */
export function JobChip({ connectionId }: { readonly connectionId: string }): ReactElement | null {
  useBegunJobs(connectionId, JOBS);
  const jobs = useJobs((state) => state.jobs);
  const target = usePlanDialog((state) => state.target);
  const show = usePlanDialog((state) => state.show);
  const own = Object.values(jobs)
    .filter((followed) => followed.connectionId === connectionId)
    .sort((a, b) => b.job.startedAt.localeCompare(a.job.startedAt));
  const followed =
    own.find(({ job }) => job.outcome === 'running') ?? own.find(({ isRead }) => !isRead && target === null);
  if (!followed) return null;
  const { job } = followed;
  return (
    <ChipButton
      aria-haspopup="dialog"
      title={job.title}
      onClick={() => show({ connectionId, jobId: job.id })}
    >
      <span className="title" dir="auto">
        {prose(job.title)}
      </span>
      {job.outcome === 'running' ? (
        <Running followed={followed} />
      ) : (
        <span className="state">
          <SeverityMark {...OUTCOME[job.outcome]} size={12} /> · see the result
        </span>
      )}
    </ChipButton>
  );
}

function Running({ followed }: { readonly followed: FollowedJob }): ReactElement {
  const { ended, share } = shareOf(followed);
  const percent = followed.progress?.progress.percent ?? null;
  return (
    <>
      <span className="state">
        {formatCount(ended)} of {formatCount(followed.job.actions.length)} done
        {percent !== null && ` · ${formatPercent(percent)}`}
      </span>
      <LinearProgress className="bar" variant="determinate" value={share * 100} aria-hidden />
    </>
  );
}

const JOBS: JobKind = {
  running: (client, connectionId, options) => client.plans.running({ connectionId }, options),
  follow: followJob,
};
