import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useEffect, useRef, useState } from 'react';
import type { ConnectionSummary, DemoEvent } from '#shared/model/connection.ts';
import type { UserError } from '#shared/model/error-codes.ts';
import { useBackend } from '#renderer/api/client.ts';
import { isAbort, toUserError } from '#renderer/api/errors.ts';
import { useAppInfo } from '#renderer/api/queries.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { ProgressLine } from '#renderer/components/ProgressLine.tsx';
import { startAudit } from '#renderer/state/audit-run.ts';
import { useEnterConnection } from './use-open-connection.ts';

type Progress = Extract<DemoEvent, { type: 'progress' }>;

/** A real server with a real, ailing database: nothing of one's own is needed to look around. */
export function DemoPanel(): ReactElement | null {
  const { data: info } = useAppInfo();
  const demo = useDemo();
  if (!info?.demoAvailable) return null;
  return (
    <Panel title="Just looking?">
      <Typography sx={{ color: 'text.secondary', mb: 1.5 }}>
        Starts a PostgreSQL server of its own on this computer with a database that has real problems: 39
        tables, 226 indexes and a bad password. It is gone when PgVitals ends.
      </Typography>
      {demo.progress ? (
        <>
          <ProgressLine label={demo.progress.step} done={demo.progress.done} total={demo.progress.total} />
          <Button color="inherit" variant="outlined" onClick={demo.cancel} sx={{ mt: 1 }}>
            Cancel
          </Button>
        </>
      ) : (
        <Button variant="outlined" onClick={() => void demo.open()}>
          Open the demo
        </Button>
      )}
      {demo.error && <ErrorNotice error={demo.error} title="The demo could not be started" />}
    </Panel>
  );
}

function useDemo() {
  const { client } = useBackend();
  const queries = useQueryClient();
  const enter = useEnterConnection();
  const [progress, setProgress] = useState<Progress | null>(null);
  const [error, setError] = useState<UserError | null>(null);
  const controller = useRef<AbortController | null>(null);
  useEffect(() => () => controller.current?.abort(), []);

  const open = async (): Promise<void> => {
    const own = new AbortController();
    controller.current = own;
    setError(null);
    setProgress({ type: 'progress', step: 'Starting the server', done: 0, total: 0 });
    let connection: ConnectionSummary | null = null;
    try {
      for await (const event of await client.connections.openDemo(undefined, { signal: own.signal })) {
        if (event.type === 'ready') connection = event.connection;
        else setProgress(event);
      }
    } catch (reason) {
      if (!isAbort(reason, own.signal)) setError(toUserError(reason));
    }
    setProgress(null);
    if (!connection) return;
    // Nobody needs to be asked before their own toy is examined.
    void startAudit(client, queries, connection.id);
    await enter(connection);
  };

  return { progress, error, open, cancel: () => controller.current?.abort() };
}
