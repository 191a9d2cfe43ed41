import { styled } from '@mui/material/styles';
import type { ReactElement, ReactNode } from 'react';

/** A number with a bar of its share behind it: one glance finds the big ones, the digits stay aligned. */
export function ShareBar({
  share,
  children,
}: {
  readonly share: number;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <Root>
      <span className="bar" aria-hidden style={{ width: `${Math.min(1, Math.max(0, share)) * 100}%` }} />
      <span className="text">{children}</span>
    </Root>
  );
}

const Root = styled('span')(({ theme }) => ({
  position: 'relative',
  display: 'block',
  '& .bar': {
    position: 'absolute',
    insetBlock: 3,
    insetInlineStart: 0,
    borderRadius: 2,
    background: theme.vars.palette.primary.main,
    opacity: 0.22,
  },
  '& .text': { position: 'relative' },
}));
