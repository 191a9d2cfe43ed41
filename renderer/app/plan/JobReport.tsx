import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import { formatBytes, formatDuration, formatInstant } from '#shared/model/format.ts';
import type { Job, JobAction, Leftover } from '#shared/model/plan.ts';
import { prose, visible } from '#renderer/components/ObjectName.tsx';
import { doneInWords } from '#renderer/state/jobs.ts';
import { OUTCOME } from '#renderer/state/words.ts';
import { ActionEnd, ErrorWords, Noticed } from './ActionEnd.tsx';
import { ActionSql } from './ActionSql.tsx';
import { JobActions } from './JobActions.tsx';
import { MarkedLine } from './MarkedLine.tsx';
import { RunPlanButton } from './RunPlanButton.tsx';
import { SecretSection } from './SecretSection.tsx';
import { Section, Sections } from './Section.tsx';

interface Props {
  readonly connectionId: string;
  readonly job: Job;
}

/** What came of a job: in words, by the catalog, and what is left to do. For the dialog and the journal. */
export function JobReport({ connectionId, job }: Props): ReactElement {
  const { actions, recheck, leftovers } = job;
  const [only] = actions.length === 1 ? actions : [];
  const broken = only ? undefined : actions.find(({ error }) => error !== null);
  return (
    <Root>
      <Section title="Result">
        <div role="status">
          <MarkedLine {...OUTCOME[job.outcome]}>
            {only?.error && <ErrorWords error={only.error} />}
            <div>{resultInWords(job)}</div>
          </MarkedLine>
        </div>
        {broken && <Broken action={broken} />}
        {only && <Noticed action={only} />}
      </Section>
      {actions.map(
        ({ secretLabel, outcome, title }) =>
          secretLabel !== undefined &&
          outcome === 'done' && (
            <SecretSection key={title} connectionId={connectionId} jobId={job.id} label={secretLabel} />
          ),
      )}
      {recheck.length > 0 && (
        <Section title="Looked again">
          <ul className="plain" aria-label="Looked again">
            {recheck.map(({ text, isGood }) => (
              <li key={text}>
                <MarkedLine mark={isGood ? 'pass' : 'high'} word={isGood ? 'Good' : 'Not so'}>
                  <span dir="auto">{prose(text)}</span>
                </MarkedLine>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {leftovers.length > 0 && (
        <Section title="Left behind">
          <ul className="plain" aria-label="Left behind">
            {leftovers.map((leftover) => (
              <li key={`${leftover.schema}.${leftover.name}`}>
                <LeftoverLine connectionId={connectionId} jobId={job.id} leftover={leftover} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title={only ? 'SQL' : 'Changes'}>
        {only ? <ActionSql action={only} isUndoSaid /> : <JobActions actions={actions} />}
      </Section>
      <Section title="Undo">
        <p>{undoInWords(job)}</p>
      </Section>
    </Root>
  );
}

/** Whether something of it can be taken back, and was not. */
export function canUndo({ actions, undoneBy, noUndo, outcome }: Job): boolean {
  return (
    outcome !== 'running' &&
    undoneBy === null &&
    noUndo === null &&
    actions.some(({ way, ran }) => way === 'exact' && ran > 0)
  );
}

function undoInWords(job: Job): string {
  if (job.undoneBy !== null) return 'It was taken back by a later job.';
  if (job.noUndo !== null) return job.noUndo;
  if (!canUndo(job)) return 'Nothing of it ran: there is nothing to take back.';
  return job.undoes === null
    ? 'It can be taken back: the undo is previewed first, as every change is.'
    : 'This job took back an earlier one. It can be taken back itself.';
}

function resultInWords(job: Job): string {
  const ms = job.endedAt === null ? null : Date.parse(job.endedAt) - Date.parse(job.startedAt);
  return [
    doneInWords(job),
    job.freedBytes !== null && job.freedBytes > 0 && `${formatBytes(job.freedBytes)} freed.`,
    ms !== null && `It took ${formatDuration(ms)}`,
    `and began ${formatInstant(job.startedAt)}.`,
  ]
    .filter(Boolean)
    .join(' ');
}

function Broken({ action }: { readonly action: JobAction }): ReactElement {
  return (
    <div>
      <p>
        <strong dir="auto">{prose(action.title)}</strong>
      </p>
      <ActionEnd action={{ ...action, measures: [] }} />
    </div>
  );
}

function LeftoverLine({
  connectionId,
  jobId,
  leftover,
}: {
  readonly connectionId: string;
  readonly jobId: string;
  readonly leftover: Leftover;
}): ReactElement {
  const { schema, name, from, state } = leftover;
  const shown = <bdi>{visible(schema === 'public' ? name : `${schema}.${name}`)}</bdi>;
  if (state === 'removed') {
    return (
      <MarkedLine mark="pass" word="Removed">
        The unfinished index {shown}.
      </MarkedLine>
    );
  }
  return (
    <MarkedLine mark="high" word="There">
      {from === 'build' ? (
        <>The unfinished index {shown} is still there: it is invalid and serves no query. </>
      ) : (
        <>The index {shown} is half dropped: it serves no query and still costs writes. </>
      )}
      <span className="buttons">
        <RunPlanButton connectionId={connectionId} request={{ kind: 'leftovers', jobId, how: 'drop' }}>
          Drop it…
        </RunPlanButton>
        {from === 'drop' && (
          <RunPlanButton connectionId={connectionId} request={{ kind: 'leftovers', jobId, how: 'rebuild' }}>
            Build it again…
          </RunPlanButton>
        )}
      </span>
    </MarkedLine>
  );
}

const Root = styled(Sections)({
  '& .buttons': { display: 'inline-flex', gap: 8, marginTop: 4 },
});
