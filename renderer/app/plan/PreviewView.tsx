import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import { formatBytes, formatCountOf, formatDuration } from '#shared/model/format.ts';
import type { PlanAction, PlanPreview } from '#shared/model/plan.ts';
import { prose, visible } from '#renderer/components/ObjectName.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';
import { lockWord, RISK_MARK, RISK_WORD } from '#renderer/state/words.ts';
import { ActionList } from './ActionList.tsx';
import { ActionSql, NO_UNDO } from './ActionSql.tsx';
import { LeftOutList } from './LeftOutList.tsx';
import { locksOf } from './lock-words.ts';
import { MarkedLine } from './MarkedLine.tsx';
import { PreflightList } from './PreflightList.tsx';
import { Section } from './Section.tsx';

/** Everything that is known of a change before it runs, in the same order for every change. */
export function PreviewView({ preview }: { readonly preview: PlanPreview }): ReactElement {
  const { actions, preflight, timeouts, leftOut } = preview;
  const [only] = actions.length === 1 ? actions : [];
  return (
    <>
      <Section title="What changes">
        <Summary preview={preview} />
        {only?.notes.map((note) => (
          <p key={note} dir="auto">
            {prose(note)}
          </p>
        ))}
      </Section>
      <Section title="SQL">
        {only ? (
          <SqlBlock statements={only.sql} label="SQL of the change" />
        ) : (
          <ActionList
            label={`${formatCountOf(actions.length, 'change')}, in this order`}
            actions={actions}
            end={({ freedBytes }) => (freedBytes === null ? '' : formatBytes(freedBytes))}
            more={(action) => <More action={action} />}
          />
        )}
      </Section>
      <Section title="Locks">
        {locksOf(actions).map(({ lock, words, names }) => (
          <div key={lock}>
            <p dir="auto">{prose(words)}</p>
            {lock !== 'none' && (
              <Typography variant="caption" component="p" className="quiet">
                {lockWord(lock)} on {namesInWords(names)}
              </Typography>
            )}
          </div>
        ))}
        {preview.estimateMs !== null && (
          <p>
            Takes about {formatDuration(preview.estimateMs)}, a rough guess from sizes; waiting for others
            comes on top.
          </p>
        )}
      </Section>
      <Section title="Looked at first">
        <PreflightList preflight={preflight} />
      </Section>
      {timeouts.length > 0 && (
        <Section title="While it waits">
          {timeouts.map((text) => (
            <p key={text}>{text}</p>
          ))}
        </Section>
      )}
      {leftOut.length > 0 && (
        <Section title="Left out">
          <LeftOutList leftOut={leftOut} />
        </Section>
      )}
      <Section title="Undo">
        <Undo actions={actions} only={only} />
      </Section>
    </>
  );
}

function Summary({ preview }: { readonly preview: PlanPreview }): ReactElement {
  const { risk, actions, freedBytes } = preview;
  return (
    <p>
      <SeverityMark mark={RISK_MARK[risk]} word={RISK_WORD[risk]} />
      {actions.length > 1 && ` · ${formatCountOf(actions.length, 'change')}`}
      {freedBytes !== null && freedBytes > 0 && ` · frees about ${formatBytes(freedBytes)}`}
    </p>
  );
}

function More({ action }: { readonly action: PlanAction }): ReactElement {
  return (
    <>
      <ActionSql action={action} />
      <span dir="auto">{prose(action.lockInWords)}</span>
      {action.notes.map((note) => (
        <span key={note} dir="auto">
          {prose(note)}
        </span>
      ))}
    </>
  );
}

function Undo({
  actions,
  only,
}: {
  readonly actions: readonly PlanAction[];
  readonly only: PlanAction | undefined;
}): ReactElement {
  if (only) {
    return only.undo.length > 0 ? (
      <>
        <p>Kept in the journal before it runs; one click there takes it back.</p>
        <SqlBlock statements={only.undo} label="Undo SQL" />
      </>
    ) : (
      <p>{NO_UNDO[only.way]}</p>
    );
  }
  const count = (way: PlanAction['way']): number => actions.filter((action) => action.way === way).length;
  const none = count('none');
  return (
    <ul className="plain">
      {count('exact') > 0 && (
        <li>
          {formatCountOf(count('exact'), 'change')} of {actions.length} can be undone with one click; the SQL
          stands with each above, and is kept in the journal before it runs.
        </li>
      )}
      {count('none needed') > 0 && (
        <li>
          {formatCountOf(count('none needed'), 'change')} of {actions.length}: nothing to undo.
        </li>
      )}
      {none > 0 && (
        <li>
          <MarkedLine mark="high" word="Warning">
            {formatCountOf(none, 'change')} of {actions.length} cannot be undone.
          </MarkedLine>
        </li>
      )}
    </ul>
  );
}

const MOST_NAMES = 6;

function namesInWords(names: readonly string[]): string {
  const rest = names.length - MOST_NAMES;
  const shown = names.slice(0, MOST_NAMES).map(visible).join(', ');
  return rest > 0 ? `${shown} and ${rest} more, one after the other` : shown;
}
