import { styled } from '@mui/material/styles';
import type { ReactElement, ReactNode } from 'react';

interface Props {
  readonly title: string;
  readonly children: ReactNode;
}

/** A part of the dialog: its name at the start, what it says beside it, or below where there is little room. */
export function Section({ title, children }: Props): ReactElement {
  return (
    <Root aria-label={title}>
      <h3>{title}</h3>
      <div className="says">{children}</div>
    </Root>
  );
}

const SECTIONS = 'sections';

/** Around sections: its width, not the window's, decides where their names stand. */
export const Sections = styled('div')({
  containerType: 'inline-size',
  containerName: SECTIONS,
  '& > section:first-of-type': { borderTop: 0, paddingTop: 0 },
});

const Root = styled('section')(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: '128px minmax(0, 1fr)',
  gap: '4px 16px',
  padding: '12px 0',
  borderTop: `1px solid ${theme.vars.palette.divider}`,
  '& > h3': { ...theme.typography.h3, margin: 0, paddingTop: 1, color: theme.vars.palette.text.secondary },
  '& > .says': { minWidth: 0, display: 'grid', gap: 8, gridTemplateColumns: 'minmax(0, 1fr)' },
  '& ul.plain': { margin: 0, padding: 0, listStyle: 'none', display: 'grid', gap: 4 },
  '& p': { margin: 0, overflowWrap: 'anywhere' },
  '& .quiet': { color: theme.vars.palette.text.secondary },
  [`@container ${SECTIONS} (max-width: 575px)`]: { gridTemplateColumns: 'minmax(0, 1fr)' },
}));
