import LinearProgress from '@mui/material/LinearProgress';
import type { ReactElement } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { formatPercent } from '#shared/model/format.ts';
import { prose } from '#renderer/components/ObjectName.tsx';
import { followBackupJob, useBackupJobs } from '#renderer/state/backup-jobs.ts';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { OUTCOME } from '#renderer/state/words.ts';
import { pageAddress } from '../addresses.ts';
import { ChipButton } from './ChipButton.tsx';
import { type JobKind, useBegunJobs } from './use-begun-jobs.ts';

/** The job of the backups that runs, or whose end nobody has dismissed, on every page but its own. */
export function BackupJobChip({ connectionId }: { readonly connectionId: string }): ReactElement | null {
  useBegunJobs(connectionId, BACKUP_JOBS);
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const job = useBackupJobs((state) => state.jobs[connectionId]);
  const address = pageAddress(connectionId, 'backups');
  if (!job || pathname === address) return null;
  const percent = job.progress?.percent ?? null;
  const step = job.steps.find(({ state }) => state === 'running')?.title ?? 'running';
  return (
    <ChipButton title={job.title} onClick={() => void navigate(address)}>
      <span className="title" dir="auto">
        {prose(job.title)}
      </span>
      {job.outcome === 'running' ? (
        <>
          <span className="state">
            {job.question === null ? step : 'asks you'}
            {percent !== null && job.question === null && ` · ${formatPercent(percent)}`}
          </span>
          <LinearProgress
            className="bar"
            aria-hidden
            {...(percent === null
              ? { variant: 'indeterminate' }
              : { variant: 'determinate', value: percent })}
          />
        </>
      ) : (
        <span className="state">
          <SeverityMark {...OUTCOME[job.outcome]} size={12} /> · see the result
        </span>
      )}
    </ChipButton>
  );
}

const BACKUP_JOBS: JobKind = {
  running: (client, connectionId, options) => client.backups.running({ connectionId }, options),
  follow: followBackupJob,
};
