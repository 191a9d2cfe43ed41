import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import type { BackupFailure } from '#shared/model/backup.ts';
import { formatInstant } from '#shared/model/format.ts';
import { MarkedLine } from '#renderer/app/plan/MarkedLine.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { prose } from '#renderer/components/ObjectName.tsx';
import { OUTCOME } from '#renderer/state/words.ts';

/** Runs since the last good backup that ended without one. */
export function FailuresTab({ failures }: { readonly failures: readonly BackupFailure[] }): ReactElement {
  if (failures.length === 0)
    return (
      <EmptyState title="No backup has failed since the last one that was made." isGood>
        A run that fails, or that nobody saw end, is listed here until a backup is made again. It leaves
        nothing behind.
      </EmptyState>
    );
  return (
    <List aria-label="Failed runs">
      {failures.map(({ at, outcome, message, nextStep }) => (
        <li key={at}>
          <MarkedLine {...OUTCOME[outcome]}>
            <strong>{formatInstant(at)}</strong> <span dir="auto">{prose(message)}</span>
            {nextStep !== null && <span className="quiet"> {prose(nextStep)}</span>}
          </MarkedLine>
        </li>
      ))}
    </List>
  );
}

const List = styled('ul')(({ theme }) => ({
  margin: 0,
  padding: 0,
  listStyle: 'none',
  display: 'grid',
  gap: 8,
  '& strong': { fontWeight: 600, marginInlineEnd: 8 },
  '& .quiet': { color: theme.vars.palette.text.secondary },
}));
