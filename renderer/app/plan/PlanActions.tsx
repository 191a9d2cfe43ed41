import { styled } from '@mui/material/styles';
import type { ReactElement, ReactNode } from 'react';

interface Props {
  /** What takes the change elsewhere: copy, save. */
  readonly start?: ReactNode;
  /** Cancel and the verb; above them why the verb cannot be pressed yet. */
  readonly children: ReactNode;
  readonly reason?: ReactNode;
}

/** The foot of the dialog. */
export function PlanActions({ start, reason, children }: Props): ReactElement {
  return (
    <Root>
      <div className="group">{start}</div>
      <div className="reason">{reason}</div>
      <div className="group end">{children}</div>
    </Root>
  );
}

const Root = styled('div')(({ theme }) => ({
  display: 'flex',
  flexWrap: 'wrap',
  alignItems: 'center',
  gap: '6px 12px',
  flex: 'none',
  padding: '12px 24px',
  borderTop: `1px solid ${theme.vars.palette.divider}`,
  '& .group': { display: 'flex', flexWrap: 'wrap', gap: 8 },
  '& .end': { marginInlineStart: 'auto', justifyContent: 'flex-end' },
  '& .reason': {
    ...theme.typography.caption,
    flex: '1 1 150px',
    minWidth: 0,
    textAlign: 'end',
    overflowWrap: 'anywhere',
    color: theme.vars.palette.text.secondary,
  },
  [theme.breakpoints.down(720)]: { padding: '8px 16px' },
}));
