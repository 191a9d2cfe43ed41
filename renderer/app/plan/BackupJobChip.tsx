import LinearProgress from '@mui/material/LinearProgress';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useEffect } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { formatPercent } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { visible } from '#renderer/components/ObjectName.tsx';
import { followBackupJob, useBackupJobs } from '#renderer/state/backup-jobs.ts';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { OUTCOME } from '#renderer/state/words.ts';
import { pageAddress } from '../addresses.ts';
import { ChipButton } from './ChipButton.tsx';

/** The job of the backups that runs, or whose end nobody has dismissed, on every page but its own. */
export function BackupJobChip({ connectionId }: { readonly connectionId: string }): ReactElement | null {
  useRunningBackups(connectionId);
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
        {visible(job.title)}
      </span>
      {job.outcome === 'running' ? (
        <>
          <span className="state">
            {step}
            {percent !== null && ` · ${formatPercent(percent)}`}
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

/** Finds what runs when the window is opened: jobs live in the engine. */
function useRunningBackups(connectionId: string): void {
  const { client } = useBackend();
  const queries = useQueryClient();
  useEffect(() => {
    const controller = new AbortController();
    client.backups.running({ connectionId }, { signal: controller.signal }).then(
      (jobs) => {
        for (const { id } of jobs) void followBackupJob(client, queries, connectionId, id);
      },
      // It says so itself where the engine is gone.
      () => undefined,
    );
    return () => controller.abort();
  }, [client, queries, connectionId]);
}
