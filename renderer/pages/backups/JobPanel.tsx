import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import { styled } from '@mui/material/styles';
import { useMutation } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import type { BackupJob, BackupProgress } from '#shared/model/backup.ts';
import { formatBytes, formatCount, formatDuration } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useNow } from '#renderer/app/use-now.ts';
import { MarkedLine } from '#renderer/app/plan/MarkedLine.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';
import { prose, visible } from '#renderer/components/ObjectName.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useBackupJobs } from '#renderer/state/backup-jobs.ts';
import { OUTCOME } from '#renderer/state/words.ts';

interface Props {
  readonly connectionId: string;
  readonly job: BackupJob;
  /** What to do with its result. */
  readonly next: ReactNode;
}

/** The job of this connection while it runs, and what came of it until that was read. */
export function JobPanel({ connectionId, job, next }: Props): ReactElement {
  const { client } = useBackend();
  const dismiss = useBackupJobs((state) => state.dismiss);
  const cancel = useMutation({ mutationFn: () => client.backups.cancel({ connectionId, jobId: job.id }) });
  const isRunning = job.outcome === 'running';
  return (
    <Panel
      title={<span dir="auto">{prose(job.title)}</span>}
      actions={
        <>
          {isRunning ? <Elapsed job={job} /> : <SeverityMark {...OUTCOME[job.outcome]} />}
          {isRunning ? (
            <Button
              variant="outlined"
              color="inherit"
              disabled={cancel.isPending || cancel.isSuccess}
              onClick={() => cancel.mutate()}
            >
              {cancel.isSuccess ? 'Cancelling…' : 'Cancel'}
            </Button>
          ) : (
            <>
              {next}
              <Button color="inherit" onClick={() => dismiss(connectionId)}>
                Dismiss
              </Button>
            </>
          )}
        </>
      }
    >
      <Body>
        {cancel.error && <ErrorNotice error={toUserError(cancel.error)} title="It could not be cancelled" />}
        {isRunning && <Progress progress={job.progress} />}
        {job.question !== null && <Question connectionId={connectionId} job={job} />}
        {job.error && (
          <div role="alert" className="failure">
            <strong dir="auto">{prose(job.error.message)}</strong>{' '}
            {job.error.nextStep !== null && <span dir="auto">{prose(job.error.nextStep)}</span>}
          </div>
        )}
        <Steps job={job} />
        {job.notes.length > 0 && (
          <ul aria-label="Notes">
            {job.notes.map((note) => (
              <li key={note}>
                <MarkedLine mark="info" word="Note">
                  <span dir="auto">{prose(note)}</span>
                </MarkedLine>
              </li>
            ))}
          </ul>
        )}
      </Body>
    </Panel>
  );
}

/** The other answer is the Cancel of the panel. */
function Question({ connectionId, job }: Pick<Props, 'connectionId' | 'job'>): ReactElement {
  const { client } = useBackend();
  const waitOn = useMutation({ mutationFn: () => client.backups.waitOn({ connectionId, jobId: job.id }) });
  return (
    <>
      <GrantNotice
        action={
          <Button color="inherit" disabled={waitOn.isPending} onClick={() => waitOn.mutate()}>
            Wait on
          </Button>
        }
      >
        {job.question}
      </GrantNotice>
      {waitOn.error && <ErrorNotice error={toUserError(waitOn.error)} title="It could not be answered" />}
    </>
  );
}

function Elapsed({ job }: { readonly job: BackupJob }): ReactElement {
  const nowMs = useNow(1000);
  const seconds = Math.max(1, Math.round((nowMs - Date.parse(job.startedAt)) / 1000));
  return <Quiet>{formatDuration(seconds * 1000)}</Quiet>;
}

function Steps({ job }: { readonly job: BackupJob }): ReactElement {
  return (
    <ol aria-label="Steps">
      {job.steps.map(({ title, state, durationMs, detail }) => (
        <li key={title} aria-current={state === 'running' ? 'step' : undefined}>
          <SeverityMark mark={OUTCOME[state].mark} word={OUTCOME[state].word} size={14} />
          <span className="what" dir="auto">
            {prose(title)}
            {detail !== null && <span className="quiet"> {visible(detail)}</span>}
          </span>
          <span className="time">{durationMs === null ? '' : formatDuration(durationMs)}</span>
        </li>
      ))}
    </ol>
  );
}

function Progress({ progress }: { readonly progress: BackupProgress | null }): ReactElement {
  const words = progress ? progressInWords(progress) : [];
  return (
    <div className="progress">
      <div className="figures">
        <span className="phase" dir="auto">
          {progress ? visible(progress.phase) : 'Starting'}
        </span>
        <span>{words.join(' · ')}</span>
      </div>
      <LinearProgress
        aria-label="Progress"
        {...(progress === null || progress.percent === null
          ? { variant: 'indeterminate' }
          : { variant: 'determinate', value: progress.percent })}
      />
    </div>
  );
}

export function progressInWords(progress: BackupProgress): readonly string[] {
  const { tablesDone, tablesTotal, bytes, bytesPerSecond, remainingMs } = progress;
  const words: string[] = [];
  if (tablesDone !== null)
    words.push(
      `${formatCount(tablesDone)}${tablesTotal === null ? '' : ` of ${formatCount(tablesTotal)}`} tables`,
    );
  if (bytes !== null) words.push(formatBytes(bytes));
  if (bytesPerSecond !== null) words.push(`${formatBytes(bytesPerSecond)}/s`);
  if (remainingMs !== null)
    words.push(`about ${formatDuration(Math.max(1000, Math.round(remainingMs / 1000) * 1000))} left`);
  return words;
}

const Quiet = styled('span')(({ theme }) => ({
  color: theme.vars.palette.text.secondary,
  fontVariantNumeric: 'tabular-nums',
}));

const Body = styled('div')(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: 'minmax(0, 1fr)',
  gap: 10,
  overflowWrap: 'anywhere',
  '& ol, & ul': { margin: 0, padding: 0, listStyle: 'none', display: 'grid', gap: 3 },
  '& ol > li': {
    display: 'grid',
    gridTemplateColumns: '92px minmax(0, 1fr) auto',
    gap: 8,
    alignItems: 'baseline',
  },
  '& .quiet': { color: theme.vars.palette.text.secondary },
  '& .time': { color: theme.vars.palette.text.secondary, fontVariantNumeric: 'tabular-nums' },
  '& .progress': { display: 'grid', gap: 4 },
  '& .figures': {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'space-between',
    gap: '0 12px',
    minHeight: '1.5em',
    fontVariantNumeric: 'tabular-nums',
  },
  '& .phase': { minWidth: 0 },
}));
