import Box from '@mui/material/Box';
import Skeleton from '@mui/material/Skeleton';
import { type ReactElement, useState } from 'react';
import { Navigate, Route, Routes, useLocation, useParams } from 'react-router';
import { toUserError } from '../api/errors.ts';
import { useAppInfo, useConnections } from '../api/queries.ts';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { ConnectPage } from '#renderer/pages/connect/ConnectPage.tsx';
import { BackendGone } from './BackendGone.tsx';
import { CrashGuard } from './CrashGuard.tsx';
import { ExportDialog } from './ExportDialog.tsx';
import type { Overlay } from './overlay.ts';
import { Palette } from './Palette.tsx';
import { PAGES, type Page } from './pages.tsx';
import { PlanDialog } from './plan/PlanDialog.tsx';
import { pageAddress } from './addresses.ts';
import { Rail } from './Rail.tsx';
import { RunNotice } from './RunNotice.tsx';
import { ShortcutSheet } from './ShortcutSheet.tsx';
import { useShortcuts } from './shortcuts.ts';
import { TopBar } from './TopBar.tsx';

/** Rail, top bar and the page; dialogs of the whole app hang here. */
export function Shell(): ReactElement {
  const [overlay, setOverlay] = useState<Overlay>(null);
  const close = (): void => setOverlay(null);
  useShortcuts(setOverlay);
  return (
    <Box sx={{ display: 'flex', height: '100%', overflow: 'hidden' }}>
      <Rail onShortcuts={() => setOverlay('shortcuts')} />
      <Box sx={{ display: 'flex', flexDirection: 'column', flex: 1, minWidth: 0 }}>
        <BackendGone />
        <TopBar onOverlay={setOverlay} />
        <Content />
      </Box>
      <Palette isOpen={overlay === 'palette'} onClose={close} onOverlay={setOverlay} />
      <ShortcutSheet isOpen={overlay === 'shortcuts'} onClose={close} />
      <ExportDialog isOpen={overlay === 'export'} onClose={close} />
      <PlanDialog />
    </Box>
  );
}

function Content(): ReactElement {
  const { pathname } = useLocation();
  return (
    <Box
      component="main"
      sx={{ flex: 1, minHeight: 0, minWidth: 0, display: 'flex', flexDirection: 'column', overflow: 'auto' }}
    >
      <RunNotice />
      {/* A new address is a new chance: the guard starts afresh. */}
      <CrashGuard key={pathname}>
        <Routes>
          <Route path="/connect" element={<ConnectPage />} />
          {PAGES.map((page) => (
            <Route
              key={page.path}
              path={`/c/:connectionId/${page.path}`}
              element={<ConnectionPage page={page} />}
            />
          ))}
          <Route path="*" element={<Start />} />
        </Routes>
      </CrashGuard>
    </Box>
  );
}

function ConnectionPage({ page }: { readonly page: Page }): ReactElement {
  const id = useParams()['connectionId'] ?? '';
  const { data, error, refetch } = useConnections();
  if (error) {
    return (
      <Box sx={{ p: 3 }}>
        <ErrorNotice error={toUserError(error)} onRetry={() => void refetch()} />
      </Box>
    );
  }
  if (!data) return <PageSkeleton />;
  // A bookmark of an earlier start: connections live as long as the engine does.
  if (!data.some((connection) => connection.id === id)) return <Navigate to="/connect" replace />;
  const Component = page.component;
  return <Component key={id} connectionId={id} />;
}

/** Where to begin: the connection the host asks for, else the first open one, else the form. */
function Start(): ReactElement {
  const info = useAppInfo();
  const connections = useConnections();
  const error = info.error ?? connections.error;
  if (error) {
    return (
      <Box sx={{ p: 3 }}>
        <ErrorNotice error={toUserError(error)} onRetry={() => window.location.reload()} />
      </Box>
    );
  }
  if (!info.data || !connections.data) return <PageSkeleton />;
  const id = info.data.initialConnectionId ?? connections.data[0]?.id;
  return <Navigate to={id === undefined ? '/connect' : pageAddress(id, 'overview')} replace />;
}

function PageSkeleton(): ReactElement {
  return (
    <Box sx={{ p: 3, display: 'grid', gap: 2 }} aria-busy="true">
      <Skeleton variant="rounded" height={28} width={180} />
      <Skeleton variant="rounded" height={180} />
      <Skeleton variant="rounded" height={72} />
      <Skeleton variant="rounded" height={280} />
    </Box>
  );
}
