import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';

/** A plan as psql shows it. */
export function PlanText({ text }: { readonly text: string }): ReactElement {
  return (
    <Code tabIndex={0} role="region" aria-label="Plan as text" translate="no" dir="ltr">
      {text}
    </Code>
  );
}

const Code = styled('pre')(({ theme }) => ({
  ...theme.typography.mono,
  margin: 0,
  padding: '10px 12px',
  maxHeight: 480,
  overflow: 'auto',
  lineHeight: 1.55,
  // Its indentation is the tree: lines do not wrap, the block scrolls.
  whiteSpace: 'pre',
  border: `1px solid ${theme.vars.palette.divider}`,
  borderRadius: 6,
  background: theme.vars.palette.syntax.background,
  '&:focus-visible': { outline: `2px solid ${theme.vars.palette.primary.main}`, outlineOffset: 1 },
}));
