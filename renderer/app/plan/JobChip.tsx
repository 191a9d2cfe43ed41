import ButtonBase from '@mui/material/ButtonBase';
import LinearProgress from '@mui/material/LinearProgress';
import { styled } from '@mui/material/styles';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useEffect } from 'react';
import { formatCount, formatPercent } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { visible } from '#renderer/components/ObjectName.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { type FollowedJob, followJob, shareOf, useJobs } from '#renderer/state/jobs.ts';
import { usePlanDialog } from '#renderer/state/plan-dialog.ts';
import { OUTCOME } from '#renderer/state/words.ts';

/** The job of this connection that runs, or that ended while nobody looked; opens its dialog. */
export function JobChip({ connectionId }: { readonly connectionId: string }): ReactElement | null {
  useRunningJobs(connectionId);
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
    <Chip aria-haspopup="dialog" title={job.title} onClick={() => show({ connectionId, jobId: job.id })}>
      <span className="title" dir="auto">
        {visible(job.title)}
      </span>
      {job.outcome === 'running' ? (
        <Running followed={followed} />
      ) : (
        <span className="state">
          <SeverityMark {...OUTCOME[job.outcome]} size={12} /> · see the result
        </span>
      )}
    </Chip>
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

/** A window that is opened, or opened again, finds what runs; and hears of what others and schedules begin. */
function useRunningJobs(connectionId: string): void {
  const { client } = useBackend();
  const queries = useQueryClient();
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const listen = async (): Promise<void> => {
      for await (const { jobId } of await client.plans.running({ connectionId }, { signal }))
        void followJob(client, queries, connectionId, jobId);
    };
    // The page says so itself where the engine is gone.
    void listen().catch(() => undefined);
    return () => controller.abort();
  }, [client, queries, connectionId]);
}

const Chip = styled(ButtonBase)(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: 'minmax(0, 1fr)',
  justifyItems: 'start',
  width: 190,
  padding: '3px 10px',
  borderRadius: 6,
  border: `1px solid ${theme.vars.palette.divider}`,
  font: 'inherit',
  textAlign: 'start',
  position: 'relative',
  overflow: 'hidden',
  '& .title': {
    width: '100%',
    fontSize: '0.8125rem',
    fontWeight: 600,
    lineHeight: 1.35,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
  '& .state': { ...theme.typography.caption, lineHeight: 1.3, color: theme.vars.palette.text.secondary },
  '& .bar': { position: 'absolute', insetInline: 0, insetBlockEnd: 0, height: 3 },
  '&:hover': { background: theme.vars.palette.row.hover },
  '&:focus-visible': { outline: `2px solid ${theme.vars.palette.primary.main}`, outlineOffset: 1 },
}));
