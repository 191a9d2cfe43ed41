import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { type ReactElement, useEffect, useState } from 'react';
import { useBackend } from '../api/client.ts';
import { SeverityMark } from '../components/SeverityMark.tsx';

/** Stays until the reload: without the engine nothing on the page can change any more. */
export function BackendGone(): ReactElement | null {
  const { gone } = useBackend();
  const [isGone, setGone] = useState(gone.aborted);
  useEffect(() => {
    const onGone = (): void => setGone(true);
    gone.addEventListener('abort', onGone);
    return () => gone.removeEventListener('abort', onGone);
  }, [gone]);
  if (!isGone) return null;
  return (
    <Box
      role="alert"
      sx={{
        display: 'flex',
        alignItems: 'center',
        gap: 1.5,
        px: 2,
        py: 1,
        bgcolor: 'background.paper',
        borderBottom: 2,
        borderColor: 'severity.critical',
      }}
    >
      <SeverityMark mark="critical" isShapeOnly word="Error" />
      <Box sx={{ flex: 1 }}>
        <strong>The engine has stopped.</strong> What you see is what was read before. Start PgVitals again if
        a reload does not help.
      </Box>
      <Button variant="contained" onClick={() => window.location.reload()}>
        Reload
      </Button>
    </Box>
  );
}
