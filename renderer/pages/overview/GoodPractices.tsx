import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import type { GoodPractice } from '#shared/model/finding.ts';
import { formatCount } from '#shared/model/format.ts';
import { Fold } from '../../components/Fold.tsx';
import { SeverityMark } from '../../components/SeverityMark.tsx';

/** What is done well; results too, and worth keeping. */
export function GoodPractices({
  practices,
}: {
  readonly practices: readonly GoodPractice[];
}): ReactElement | null {
  if (practices.length === 0) return null;
  return (
    <Fold isOpen title={`Good practices: ${formatCount(practices.length)}`}>
      <List>
        {practices.map((practice) => (
          <li key={practice.id}>
            <SeverityMark mark="pass" isShapeOnly />
            <span>
              <strong>{practice.title}</strong> <span dir="auto">{practice.message}</span>
            </span>
          </li>
        ))}
      </List>
    </Fold>
  );
}

export const List = styled('ul')(({ theme }) => ({
  margin: 0,
  padding: 0,
  listStyle: 'none',
  display: 'grid',
  gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 380px), 1fr))',
  gap: '6px 24px',
  '& li': { display: 'grid', gridTemplateColumns: '16px 1fr', gap: 10, alignItems: 'start' },
  '& svg': { marginTop: 2 },
  '& strong': { fontWeight: 600 },
  '& strong + span': { color: theme.vars.palette.text.secondary },
}));
