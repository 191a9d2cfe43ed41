import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactElement, ReactNode } from 'react';
import { SeverityMark } from './SeverityMark.tsx';

interface Props {
  /** What is not there, and whether that is good: "No invalid indexes. Checked 214." */
  readonly title: string;
  readonly children?: ReactNode;
  /** Nothing here is what one hopes for. */
  readonly isGood?: boolean;
  readonly action?: ReactNode;
}

export function EmptyState({ title, children, isGood = false, action }: Props): ReactElement {
  return (
    <Box
      sx={{
        display: 'grid',
        alignContent: 'start',
        justifyItems: 'center',
        gap: 1,
        px: 3,
        py: 5,
        textAlign: 'center',
      }}
    >
      {isGood && <SeverityMark mark="pass" isShapeOnly size={28} />}
      <Typography variant="h2" component="p">
        {title}
      </Typography>
      {children && (
        <Typography component="div" sx={{ maxWidth: 560, color: 'text.secondary' }}>
          {children}
        </Typography>
      )}
      {action && <Box sx={{ mt: 1 }}>{action}</Box>}
    </Box>
  );
}
