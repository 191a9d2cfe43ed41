import { openApp } from '../electron/hosts/cli/open-app.ts';
import { createOutput } from '../electron/hosts/cli/output.ts';

/**
 * `npm start`: the app without the demo. In a desktop window where Electron and a display are there (Electron itself is
 * downloaded on the first start), else in the browser after one line that says why; Ctrl-C ends either.
 */
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
const output = createOutput();
try {
  await openApp({ databaseUrl: null }, { output, signal: stop.signal, finish: () => undefined });
} catch (error) {
  if (!stop.signal.aborted) {
    output.note(`pgvitals: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
