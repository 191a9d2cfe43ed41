import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import Button from '@mui/material/Button';
import { useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { formatInstant } from '#shared/model/format.ts';
import type { Job } from '#shared/model/plan.ts';
import { useBackend } from '#renderer/api/client.ts';
import { useStoredJob } from '#renderer/api/plans.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { canUndo, JobReport } from '#renderer/app/plan/JobReport.tsx';
import { JobProgress } from '#renderer/app/plan/JobProgress.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { CopyButton } from '#renderer/components/CopyButton.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { prose, visible } from '#renderer/components/ObjectName.tsx';
import { Pending } from '#renderer/components/Pending.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useJobs } from '#renderer/state/jobs.ts';
import { RISK_MARK, RISK_WORD } from '#renderer/state/words.ts';
import { jobAsMarkdown } from './job-markdown.ts';
import { KeptCopies } from './KeptCopies.tsx';

interface Props {
  readonly connectionId: string;
  /** Null = closed. */
  readonly jobId: string | null;
  readonly onClose: () => void;
}

/** One job: who ran it, every statement and what came of it, and the way back. */
export function JobDrawer({ connectionId, jobId, onClose }: Props): ReactElement {
  const { client } = useBackend();
  const queries = useQueryClient();
  return (
    <DetailDrawer
      isOpen={jobId !== null}
      label="Job"
      onClose={onClose}
      actions={
        jobId !== null && (
          <CopyButton
            text={async () =>
              jobAsMarkdown(
                queries.getQueryData<Job>([...keys.journal(connectionId), jobId]) ??
                  (await client.plans.job({ connectionId, jobId })),
              )
            }
            what="job as Markdown"
          />
        )
      }
    >
      {jobId !== null && <Detail key={jobId} connectionId={connectionId} jobId={jobId} />}
    </DetailDrawer>
  );
}

function Detail({
  connectionId,
  jobId,
}: {
  readonly connectionId: string;
  readonly jobId: string;
}): ReactElement {
  const query = useStoredJob(connectionId, jobId);
  const followed = useJobs((state) => state.jobs[jobId]);
  const { data: job } = query;
  const { set } = useAddressState();
  if (!job) return <Pending query={query} failure="The job could not be read" height={320} />;
  const isRunning = followed?.job.outcome === 'running';
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 2 }}>
      <div>
        <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }} dir="auto">
          {prose(job.title)}
        </Typography>
        <Typography sx={{ color: 'text.secondary', overflowWrap: 'anywhere', mt: 0.5 }}>
          {formatInstant(job.startedAt)} · by {visible(job.by)} · as role {visible(job.role)} ·{' '}
          {visible(job.database)}
        </Typography>
        <Box sx={{ mt: 0.5 }}>
          <SeverityMark mark={RISK_MARK[job.risk]} word={RISK_WORD[job.risk]} />
        </Box>
      </div>
      {(canUndo(job) || job.undoneBy !== null || job.undoes !== null) && (
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>
          {canUndo(job) && (
            <RunPlanButton connectionId={connectionId} request={{ kind: 'undo', jobId }}>
              Undo…
            </RunPlanButton>
          )}
          {job.undoneBy !== null && (
            <Button variant="outlined" color="inherit" onClick={() => set({ job: job.undoneBy })}>
              Show the job that took it back
            </Button>
          )}
          {job.undoes !== null && (
            <Button variant="outlined" color="inherit" onClick={() => set({ job: job.undoes })}>
              Show the job that it took back
            </Button>
          )}
        </Box>
      )}
      {isRunning && followed ? (
        <JobProgress followed={followed} />
      ) : (
        <>
          <JobReport connectionId={connectionId} job={job} />
          <KeptCopies connectionId={connectionId} jobId={jobId} />
        </>
      )}
    </Box>
  );
}
