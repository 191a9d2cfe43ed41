import { styled } from '@mui/material/styles';
import type { ReactElement, ReactNode } from 'react';
import { CopyButton } from './CopyButton.tsx';

interface Props {
  readonly children: ReactNode;
  /** SQL that would unlock it, or null where no GRANT helps. */
  readonly grant?: string | null;
  /** At the end of the line. */
  readonly action?: ReactNode;
}

/** The yellow bar: something is missing for want of rights or of time, and this is how to get it. */
export function GrantNotice({ children, grant = null, action }: Props): ReactElement {
  return (
    <Root>
      <div className="text">{children}</div>
      {grant !== null && (
        <div className="grant">
          <code dir="ltr" translate="no">
            {grant}
          </code>
          <CopyButton text={grant} what="GRANT" />
        </div>
      )}
      {action}
    </Root>
  );
}

const Root = styled('div')(({ theme }) => ({
  display: 'flex',
  flexWrap: 'wrap',
  alignItems: 'center',
  gap: '4px 12px',
  padding: '6px 12px',
  borderRadius: 6,
  border: `1px solid ${theme.vars.palette.notice.border}`,
  background: theme.vars.palette.notice.background,
  '& .text': { flex: '1 1 320px', overflowWrap: 'anywhere' },
  '& .grant': { display: 'flex', alignItems: 'center', gap: 4, minWidth: 0 },
  '& code': { ...theme.typography.mono, overflowWrap: 'anywhere' },
}));
