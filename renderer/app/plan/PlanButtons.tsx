import Box from '@mui/material/Box';
import type { ReactElement, ReactNode } from 'react';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';

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
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>{children}</Box>
    </DrawerSection>
  );
}
