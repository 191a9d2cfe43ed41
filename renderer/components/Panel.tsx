import { styled } from '@mui/material/styles';
import { type ReactElement, type ReactNode, useId } from 'react';

interface Props {
  readonly title: ReactNode;
  readonly children: ReactNode;
  /** Beside the title, at the end of the line. */
  readonly actions?: ReactNode;
}

/** A titled block of a page. */
export function Panel({ title, children, actions }: Props): ReactElement {
  const id = useId();
  return (
    <Root aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {actions}
      </header>
      {children}
    </Root>
  );
}

const Root = styled('section')(({ theme }) => ({
  minWidth: 0,
  padding: 16,
  borderRadius: 8,
  border: `1px solid ${theme.vars.palette.divider}`,
  background: theme.vars.palette.background.paper,
  '& > header': {
    display: 'flex',
    alignItems: 'center',
    flexWrap: 'wrap',
    gap: 12,
    minHeight: 28,
    marginBottom: 10,
  },
  '& > header > h2': { ...theme.typography.h2, margin: 0, marginInlineEnd: 'auto' },
}));
