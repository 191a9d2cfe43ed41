import Typography from '@mui/material/Typography';
import type { ReactElement, ReactNode } from 'react';

/** A titled part of a drawer. */
export function DrawerSection({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <section>
      <Typography variant="h2" component="h3" sx={{ mb: 0.75, overflowWrap: 'anywhere' }}>
        {title}
      </Typography>
      {children}
    </section>
  );
}
