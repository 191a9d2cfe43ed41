import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { type ReactElement, useEffect, useState } from 'react';
import type { UserError } from '#shared/model/error-codes.ts';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { Logo } from './Logo.tsx';

/** Before the engine answers, or where it never will. Quiet for a moment: a quick start shows nothing at all. */
export function StartScreen({ error }: { readonly error: UserError | null }): ReactElement {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setSlow(true), 400);
    return () => window.clearTimeout(timer);
  }, []);
  if (!error && !isSlow) return <main aria-busy="true" />;
  return (
    <Box component="main" sx={{ display: 'grid', placeContent: 'center', height: '100%', p: 3, gap: 2 }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1.5 }}>
        <Logo size={32} />
        <Typography variant="h1">PgVitals</Typography>
      </Box>
      {error ? (
        <Box sx={{ width: 'min(560px, 90vw)' }}>
          <ErrorNotice error={error} onRetry={() => window.location.reload()} />
        </Box>
      ) : (
        <Typography role="status">Waiting for the engine…</Typography>
      )}
    </Box>
  );
}
