import { styled } from '@mui/material/styles';
import type { ReactElement, ReactNode } from 'react';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import type { MarkedWord } from '#renderer/state/words.ts';

/** A verdict or an outcome with its shape and word in a column of its own, and what is to be said about it. */
export function MarkedLine({
  mark,
  word,
  children,
}: MarkedWord & { readonly children: ReactNode }): ReactElement {
  return (
    <Root>
      <SeverityMark mark={mark} word={word} size={14} />
      <div>{children}</div>
    </Root>
  );
}

const Root = styled('div')({
  display: 'grid',
  gridTemplateColumns: '92px minmax(0, 1fr)',
  alignItems: 'start',
  gap: 8,
  overflowWrap: 'anywhere',
});
