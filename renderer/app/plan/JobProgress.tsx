import LinearProgress from '@mui/material/LinearProgress';
import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import { formatCount, formatDuration, formatPercent } from '#shared/model/format.ts';
import type { Blocker } from '#shared/model/plan.ts';
import { prose, visible } from '#renderer/components/ObjectName.tsx';
import { type FollowedJob, shareOf } from '#renderer/state/jobs.ts';
import { useNow } from '../use-now.ts';
import { JobActions } from './JobActions.tsx';
import { MarkedLine } from './MarkedLine.tsx';

/** How far a job is: in numbers, in the server's words, and who holds it up. */
export function JobProgress({ followed }: { readonly followed: FollowedJob }): ReactElement {
  const { job, progress } = followed;
  const nowMs = useNow(1000);
  const { ended, share } = shareOf(followed);
  const count = job.actions.length;
  const elapsedMs = Math.max(0, nowMs - Date.parse(job.startedAt));
  const running = job.actions.findIndex(({ outcome }) => outcome === 'running');
  const action = job.actions[running];
  const seen = progress?.at === running ? progress.progress : null;
  const words = [
    seen?.phase ?? (action ? 'running' : 'reading what is true now'),
    seen !== null && seen.percent !== null && `${formatPercent(seen.percent)} of this phase`,
    seen && seen.attempts > 1 && seen.attempt > 1 && `try ${seen.attempt} of ${seen.attempts}`,
  ].filter(Boolean);
  return (
    <Root>
      <div className="figures">
        <strong>
          {formatCount(ended)} of {formatCount(count)} done
        </strong>
        <span>{formatDuration(Math.round(elapsedMs / 1000) * 1000)}</span>
      </div>
      <LinearProgress
        variant="determinate"
        value={share * 100}
        aria-label="Progress of the job"
        aria-valuetext={`${ended} of ${count} done`}
      />
      <p className="now" dir="auto">
        {action && <strong>{prose(action.title)}: </strong>}
        {prose(words.join(' · '))}
      </p>
      {seen && seen.blockers.length > 0 && (
        <ul aria-label="Who holds it up">
          {seen.blockers.map((blocker) => (
            <li key={blocker.pid}>
              <MarkedLine mark="medium" word="Waits for">
                <span dir="auto">{blockerInWords(blocker)}</span>
              </MarkedLine>
            </li>
          ))}
        </ul>
      )}
      <JobActions actions={job.actions} follow={running < 0 ? null : running} />
    </Root>
  );
}

function blockerInWords({ who, state, transactionMs }: Blocker): string {
  return [
    visible(who),
    state && visible(state),
    transactionMs !== null && `transaction open for ${formatDuration(transactionMs)}`,
  ]
    .filter(Boolean)
    .join(' · ');
}

const Root = styled('div')({
  display: 'grid',
  gridTemplateColumns: 'minmax(0, 1fr)',
  gap: 8,
  '& .figures': { display: 'flex', justifyContent: 'space-between', gap: 12 },
  '& .now': { margin: 0, minHeight: '1.5em', overflowWrap: 'anywhere' },
  '& ul': { margin: 0, padding: 0, listStyle: 'none', display: 'grid', gap: 4 },
});
