import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactElement, ReactNode } from 'react';
import { useCurrentConnection } from '#renderer/app/current.ts';
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
  const way = useCurrentConnection()?.directConnection ?? null;
  return (
    <DrawerSection title={title}>
      <Box sx={BUTTONS}>{children}</Box>
      {way !== null && (
        <Typography variant="caption" component="p" sx={{ mt: 0.75, color: 'text.secondary' }}>
          A pooler stands in between: these can be previewed, not run. {way}
        </Typography>
      )}
    </DrawerSection>
  );
}
