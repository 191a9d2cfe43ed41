import { styled } from '@mui/material/styles';
import type { ReactElement, ReactNode } from 'react';

interface Props {
  readonly title: ReactNode;
  readonly children: ReactNode;
  readonly isOpen?: boolean;
}

/** A block that unfolds; the browser's own, so find-in-page and the keyboard work. */
export function Fold({ title, children, isOpen = false }: Props): ReactElement {
  return (
    <Root open={isOpen}>
      <summary>{title}</summary>
      <div className="content">{children}</div>
    </Root>
  );
}

const Root = styled('details')(({ theme }) => ({
  borderRadius: 8,
  border: `1px solid ${theme.vars.palette.divider}`,
  background: theme.vars.palette.background.paper,
  '& > summary': {
    ...theme.typography.h2,
    padding: '10px 16px',
    cursor: 'pointer',
    borderRadius: 8,
  },
  '& > summary:focus-visible': { outline: `2px solid ${theme.vars.palette.primary.main}`, outlineOffset: -2 },
  '& > .content': { padding: '0 16px 14px' },
}));
