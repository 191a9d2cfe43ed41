import type { Engine } from '#engine/engine.ts';
import { Secret } from '#engine/secret.ts';

/**
 * The launcher of `npm run demo` passes the URL of the demo, with its password, in this variable. Not in argv: every
 * user of the machine can read that, while the environment of another user is closed. Not on stdin: Electron has none
 * on Windows. It is removed at once, so that no child process inherits it.
 */
export const DEMO_URL_VARIABLE = 'PGVITALS_DEMO_URL';

export function takeDemoUrl(environment: NodeJS.ProcessEnv): Secret | null {
  const url = environment[DEMO_URL_VARIABLE];
  delete environment[DEMO_URL_VARIABLE];
  return url === undefined || url === '' ? null : new Secret(url);
}

/** Opens the demo that the launcher has started; without one, or if it has gone, the app begins at its connect page. */
export async function openInitialConnection(engine: Engine, demoUrl: Secret | null): Promise<string | null> {
  if (demoUrl === null) return null;
  try {
    const connection = await engine.open(
      { text: demoUrl.reveal() },
      { name: 'AnalyticBot demo', isDemo: true },
    );
    return connection.id;
  } catch (error) {
    engine.host.log('warning', `the demo could not be opened: ${String(error)}`);
    return null;
  }
}
