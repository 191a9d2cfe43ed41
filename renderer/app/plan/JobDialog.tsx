import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useConnections } from '#renderer/api/queries.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { prose } from '#renderer/components/ObjectName.tsx';
import { followJob, useJobs } from '#renderer/state/jobs.ts';
import { pageAddress } from '../addresses.ts';
import { JobProgress } from './JobProgress.tsx';
import { canUndo, JobReport } from './JobReport.tsx';
import { PlanActions } from './PlanActions.tsx';
import { TITLE_ID } from './title-id.ts';
import { useRunPlan } from './use-run-plan.ts';
import { Where } from './Where.tsx';

interface Props {
  readonly connectionId: string;
  readonly jobId: string;
  /** Previews the same change again; absent where it is no longer known what was asked for. */
  readonly onAgain: (() => void) | undefined;
  readonly onClose: () => void;
}

/** A change while it runs, and what came of it. */
export function JobDialog({ connectionId, jobId, onAgain, onClose }: Props): ReactElement {
  const { client } = useBackend();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const runPlan = useRunPlan(connectionId);
  const { data: connections } = useConnections();
  const connection = connections?.find(({ id }) => id === connectionId);
  const followed = useJobs((state) => state.jobs[jobId]);
  const cancel = useMutation({ mutationFn: () => client.plans.cancel({ connectionId, jobId }) });
  const title = useRef<HTMLHeadingElement>(null);
  const hasEnded = followed !== undefined && followed.job.outcome !== 'running';

  useEffect(() => {
    void followJob(client, queries, connectionId, jobId);
  }, [client, queries, connectionId, jobId]);
  useEffect(() => {
    if (hasEnded) useJobs.getState().markRead(jobId);
  }, [hasEnded, jobId]);
  // The button that started it is gone, and so is the one that would have cancelled it.
  useEffect(() => title.current?.focus(), [hasEnded]);

  return (
    <>
      <DialogTitle
        id={TITLE_ID}
        ref={title}
        tabIndex={-1}
        sx={{ overflowWrap: 'anywhere', pb: 1, '&:focus': { outline: 0 } }}
        dir="auto"
      >
        {followed ? prose(followed.job.title) : 'Change'}
      </DialogTitle>
      <DialogContent
        sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', alignContent: 'start', gap: 1.5 }}
      >
        {connection && <Where connection={connection} />}
        {cancel.error && <ErrorNotice error={toUserError(cancel.error)} title="It could not be cancelled" />}
        {!followed ? (
          <Skeleton variant="rounded" height={160} />
        ) : hasEnded ? (
          <JobReport connectionId={connectionId} job={followed.job} />
        ) : (
          <JobProgress followed={followed} />
        )}
      </DialogContent>
      <PlanActions
        reason={!hasEnded && 'Closing does not end it: the top bar shows it.'}
        start={
          hasEnded && (
            <Button
              color="inherit"
              onClick={() => {
                onClose();
                void navigate(
                  pageAddress(connectionId, 'journal', new URLSearchParams({ job: jobId }).toString()),
                );
              }}
            >
              Show in journal
            </Button>
          )
        }
      >
        {hasEnded ? (
          <>
            {onAgain && followed.job.outcome !== 'done' && (
              <Button variant="outlined" color="inherit" onClick={onAgain}>
                Preview again…
              </Button>
            )}
            {canUndo(followed.job) && (
              <Button variant="outlined" color="inherit" onClick={() => runPlan({ kind: 'undo', jobId })}>
                Undo…
              </Button>
            )}
          </>
        ) : (
          <Button
            variant="outlined"
            color="inherit"
            disabled={cancel.isPending || cancel.isSuccess}
            onClick={() => cancel.mutate()}
          >
            {cancel.isSuccess ? 'Cancelling…' : 'Cancel this job'}
          </Button>
        )}
        {/* The same button before and after: a click on it must not be lost because the job ends meanwhile. */}
        <Button key="close" variant="contained" onClick={onClose}>
          Close
        </Button>
      </PlanActions>
    </>
  );
}
