import Box from '@mui/material/Box';
import type { ReactElement, ReactNode } from 'react';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';

// The label of a field stands on its upper edge.
const BUTTONS = {
  display: 'flex',
  flexWrap: 'wrap',
  alignItems: 'center',
  gap: 1,
  '& > .MuiTextField-root': { my: 0.5 },
} as const;

/** The changes that a drawer offers, side by side; each opens its preview. */
export function PlanButtons({
  title = 'Actions',
  children,
}: {
  readonly title?: string;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <DrawerSection title={title}>
      <Box sx={BUTTONS}>{children}</Box>
    </DrawerSection>
  );
}
