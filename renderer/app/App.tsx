import { CacheProvider } from '@emotion/react';
import CssBaseline from '@mui/material/CssBaseline';
import { ThemeProvider } from '@mui/material/styles';
import { QueryClientProvider } from '@tanstack/react-query';
import { type ReactElement, useEffect, useState } from 'react';
import { HashRouter } from 'react-router';
import { type Backend, BackendContext, createBackend } from '../api/client.ts';
import { toUserError } from '../api/errors.ts';
import type { Channel } from '../api/link.ts';
import { createQueryClient } from '../api/queries.ts';
import { LiveRegion } from '../components/LiveRegion.tsx';
import { CrashGuard } from './CrashGuard.tsx';
import { Shell } from './Shell.tsx';
import { StartScreen } from './StartScreen.tsx';
import { createStyleCache } from './style-sheet.ts';
import { theme } from './theme.ts';

const styleCache = createStyleCache();

export function App({ channel }: { readonly channel: Promise<Channel> }): ReactElement {
  const [queries] = useState(createQueryClient);
  return (
    <CacheProvider value={styleCache}>
      <ThemeProvider theme={theme} defaultMode="system" modeStorageKey="pgvitals.mode" noSsr>
        <CssBaseline />
        <LiveRegion />
        <CrashGuard>
          <QueryClientProvider client={queries}>
            <WithBackend channel={channel} />
          </QueryClientProvider>
        </CrashGuard>
      </ThemeProvider>
    </CacheProvider>
  );
}

function WithBackend({ channel }: { readonly channel: Promise<Channel> }): ReactElement {
  const [backend, setBackend] = useState<Backend | null>(null);
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    let isCurrent = true;
    channel.then(
      (opened) => isCurrent && setBackend(createBackend(opened)),
      (reason: unknown) => isCurrent && setError(reason ?? new Error('closed')),
    );
    return () => {
      isCurrent = false;
    };
  }, [channel]);

  if (error !== null) return <StartScreen error={toUserError(error)} />;
  if (!backend) return <StartScreen error={null} />;
  return (
    <BackendContext value={backend}>
      {/* As a transition a checkbox that lives in the address would jump back until the page is rendered. */}
      <HashRouter useTransitions={false}>
        <Shell />
      </HashRouter>
    </BackendContext>
  );
}
