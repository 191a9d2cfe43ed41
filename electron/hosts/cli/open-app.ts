import { createEngine } from '#engine/create-engine.ts';
import { VERSION } from '#shared/model/version.ts';
import type { CliContext } from '../cli.ts';
import { startLoopback } from '../loopback.ts';
import { dataDir } from '../data-dir.ts';
import { createNodeHost } from '../node-host.ts';
import { desktopOrReason } from '../desktop-process.ts';
import { findRendererDir } from '../renderer-dir.ts';
import { untilAborted } from './until-aborted.ts';

export interface OpenRequest {
  /** Connected to at once; null opens the Connect page. */
  readonly databaseUrl: string | null;
  readonly connectionName?: string;
  readonly isDemo?: boolean;
}

/**
 * Opens the app and resolves when it is closed, or on Ctrl-C: the desktop window where an Electron binary and a display
 * are there, else the same app on 127.0.0.1, after one line that says why.
 */
export async function openApp(request: OpenRequest, context: CliContext): Promise<void> {
  const { output, signal } = context;
  const desktop = await desktopOrReason(signal);
  if (signal.aborted) return;
  if ('start' in desktop) output.note('Opening PgVitals …\n');
  const reason = 'start' in desktop ? await desktop.start(request, signal) : desktop.reason;
  if (reason === null || signal.aborted) return;
  output.note(`${reason} The app runs in the browser instead.\n`);
  await serve(request, context);
}

async function serve(request: OpenRequest, { output, signal }: CliContext): Promise<void> {
  // Nothing of the demo stays behind.
  const keeps = request.isDemo !== true;
  const engine = createEngine(
    createNodeHost({
      kind: 'loopback',
      toolVersion: VERSION,
      dataDir: keeps ? dataDir() : null,
      environment: { ...process.env },
    }),
  );
  try {
    const { databaseUrl, connectionName: name, isDemo = false } = request;
    const connection =
      databaseUrl === null
        ? null
        : await engine.open(
            { text: databaseUrl },
            { signal, isDemo, ...(name === undefined ? {} : { name }) },
          );
    const rendererDir = await findRendererDir(signal);
    const initialConnectionId = connection?.id ?? null;
    const loopback = await startLoopback({ engine, rendererDir, signal, initialConnectionId });
    output.data(`\nPgVitals is at ${loopback.url}\n`);
    output.note('Press Ctrl-C to stop.\n');
    await untilAborted(signal);
    await loopback.close();
  } finally {
    await engine.close();
  }
}
