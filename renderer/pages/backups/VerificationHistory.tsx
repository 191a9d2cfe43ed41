import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import type { Verification, VerifyStepResult } from '#shared/model/backup.ts';
import { formatDuration, formatInstant } from '#shared/model/format.ts';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { prose, visible } from '#renderer/components/ObjectName.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { STEP_VERDICT, STEP_WORD } from './backup-words.ts';

/** Every look at the backup, newest first, by its five steps. */
export function VerificationHistory({
  verifications,
}: {
  readonly verifications: readonly Verification[];
}): ReactElement {
  const newestFirst = verifications.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return (
    <DrawerSection title="Verifications">
      {newestFirst.length === 0 ? (
        <p style={{ margin: 0 }}>Nobody has verified it yet.</p>
      ) : (
        <List>
          {newestFirst.map((verification) => (
            <li key={verification.at}>
              <h4>
                {formatInstant(verification.at)}
                {verification.restoredOn !== null && (
                  <span className="quiet"> · restored on {visible(verification.restoredOn)}</span>
                )}
                {verification.restoreMs !== null && (
                  <span className="quiet"> in {formatDuration(verification.restoreMs)}</span>
                )}
              </h4>
              <ol>
                {verification.steps.map((result) => (
                  <Step key={result.step} result={result} />
                ))}
              </ol>
            </li>
          ))}
        </List>
      )}
    </DrawerSection>
  );
}

function Step({ result }: { readonly result: VerifyStepResult }): ReactElement {
  const { step, verdict, durationMs, text } = result;
  return (
    <li>
      <SeverityMark {...STEP_VERDICT[verdict]} size={14} />
      <span className="name">{STEP_WORD[step]}</span>
      <span className="text" dir="auto">
        {prose(text)}
      </span>
      <span className="time">{verdict === 'not run' ? '' : formatDuration(durationMs)}</span>
    </li>
  );
}

const List = styled('ul')(({ theme }) => ({
  margin: 0,
  padding: 0,
  listStyle: 'none',
  display: 'grid',
  gap: 12,
  '& h4': { ...theme.typography.h3, margin: '0 0 4px' },
  '& .quiet': { color: theme.vars.palette.text.secondary, fontWeight: 400 },
  '& ol': { margin: 0, padding: 0, listStyle: 'none', display: 'grid', gap: 3 },
  '& ol > li': {
    display: 'grid',
    gridTemplateColumns: '78px 74px minmax(0, 1fr) auto',
    gap: 8,
    alignItems: 'baseline',
    overflowWrap: 'anywhere',
  },
  '& .name': { fontWeight: 600 },
  '& .text': { color: theme.vars.palette.text.secondary },
  '& .time': { fontVariantNumeric: 'tabular-nums', color: theme.vars.palette.text.secondary },
}));
