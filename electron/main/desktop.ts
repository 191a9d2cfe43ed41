import { join } from 'node:path';
import { app, type BrowserWindow, Menu, screen, session } from 'electron';
import { createChannelServer } from '#api/channel.ts';
import type { Engine } from '#engine/engine.ts';
import type { Host } from '#engine/host.ts';
import { registerAppScheme, serveApp } from './app-scheme.ts';
import { createDesktopHost } from './desktop-host.ts';
import { guardContents, guardSession } from './guards.ts';
import { openInitialConnection, takeDemoUrl } from './initial-connection.ts';
import { menuTemplate } from './menu.ts';
import { handOverPorts } from './port.ts';
import { createWindow, loadApp } from './window.ts';
import { keepWindowState, readWindowState } from './window-state.ts';

export interface DesktopOptions {
  readonly createEngine: (host: Host) => Engine;
  readonly rendererDir: string;
  readonly preloadPath: string;
  /** This process; its channel to the launcher, where there is one, ends with the launcher. */
  readonly process: {
    readonly env: NodeJS.ProcessEnv;
    readonly platform: NodeJS.Platform;
    once(event: 'disconnect', listener: () => void): unknown;
  };
}

const CLOSE_LIMIT_MS = 5_000;

/** Composes the desktop app. Everything that must precede Electron's `ready` happens before the first await. */
export async function startDesktop(options: DesktopOptions): Promise<void> {
  const demoUrl = takeDemoUrl(options.process.env);
  app.enableSandbox();
  registerAppScheme();
  if (!app.requestSingleInstanceLock()) return app.quit();
  app.on('web-contents-created', (_event, contents) => guardContents(contents));
  app.on('window-all-closed', () => app.quit());
  // The launcher's end is ours, also when it was killed: a demo without its server is of no use.
  options.process.once('disconnect', () => app.quit());

  await app.whenReady();
  guardSession(session.defaultSession, app.isPackaged);
  serveApp(session.defaultSession, options.rendererDir);

  const host = await createDesktopHost();
  const engine = options.createEngine(host);
  const openChannel = createChannelServer({
    engine,
    initialConnectionId: await openInitialConnection(engine, demoUrl),
  });

  const statePath = join(app.getPath('userData'), 'window.json');
  const screens = screen.getAllDisplays().map((display) => display.workArea);
  const state = await readWindowState(statePath, screens);
  const window = createWindow(
    { preloadPath: options.preloadPath, isPackaged: app.isPackaged, state },
    (message) => host.log('error', message),
  );
  const isStateSaved = keepWindowState(window, statePath);
  beforeQuit(() => Promise.all([engine.close(), isStateSaved()]));
  handOverPorts(window.webContents, openChannel);
  app.on('second-instance', () => focus(window));
  Menu.setApplicationMenu(Menu.buildFromTemplate(template(window, options.process.platform)));
  await loadApp(window);
}

/** Ends connections and a demo server before the process ends; a server that does not answer may not hold it up. */
function beforeQuit(finish: () => Promise<unknown>): void {
  let isFinishing = false;
  app.on('will-quit', (event) => {
    event.preventDefault();
    if (isFinishing) return;
    isFinishing = true;
    const limit = new Promise((resolve) => setTimeout(resolve, CLOSE_LIMIT_MS));
    void Promise.race([finish(), limit]).then(
      () => app.exit(0),
      () => app.exit(1),
    );
  });
}

function focus(window: BrowserWindow): void {
  if (window.isDestroyed()) return;
  if (window.isMinimized()) window.restore();
  window.focus();
}

function template(window: BrowserWindow, platform: NodeJS.Platform) {
  return menuTemplate({
    isMac: platform === 'darwin',
    isPackaged: app.isPackaged,
    press: ({ keyCode, modifiers }) => {
      const key = { keyCode, modifiers: [...modifiers] };
      window.webContents.sendInputEvent({ type: 'keyDown', ...key });
      window.webContents.sendInputEvent({ type: 'keyUp', ...key });
    },
  });
}
