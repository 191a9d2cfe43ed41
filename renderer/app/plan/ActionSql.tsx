import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import type { JobAction, PlanAction, WayBack } from '#shared/model/plan.ts';
import { visible } from '#renderer/components/ObjectName.tsx';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';

interface Props {
  /** It is said elsewhere whether there is a way back. */
  readonly isUndoSaid?: boolean;
  readonly action: Pick<PlanAction | JobAction, 'title' | 'sql' | 'undo' | 'way'>;
}

/** What one action runs, and what takes it back. */
export function ActionSql({ action, isUndoSaid = false }: Props): ReactElement {
  const title = visible(action.title);
  return (
    <>
      <SqlBlock statements={action.sql} label={`SQL: ${title}`} />
      {action.undo.length > 0 ? (
        <div>
          <Caption>Undo</Caption>
          <SqlBlock statements={action.undo} label={`Undo SQL: ${title}`} />
        </div>
      ) : (
        !isUndoSaid && <Caption>{NO_UNDO[action.way]}</Caption>
      )}
    </>
  );
}

export const NO_UNDO: Readonly<Record<WayBack, string>> = {
  exact: '',
  'none needed': 'Nothing to undo: it leaves nothing behind that would have to be put back.',
  none: 'This cannot be undone.',
};

const Caption = styled('p')(({ theme }) => ({
  ...theme.typography.caption,
  margin: '0 0 4px',
  color: theme.vars.palette.text.secondary,
}));
