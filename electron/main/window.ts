import { BrowserWindow, type BrowserWindowConstructorOptions } from 'electron';
import { APP_PAGE } from './app-page.ts';
import { MIN_HEIGHT, MIN_WIDTH, type WindowState } from './window-state.ts';

export interface WindowOptions {
  readonly preloadPath: string;
  readonly isPackaged: boolean;
  readonly state: WindowState;
}

/** A page that crashes at once again and again is not helped by reloading. */
const MAX_RELOADS_PER_MINUTE = 3;

/** The one window, shown once it has something to show. */
export function createWindow(options: WindowOptions, log: (message: string) => void): BrowserWindow {
  const window = new BrowserWindow(windowOptions(options));
  if (options.state.isMaximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  reloadAfterCrash(window, log);
  return window;
}

export function loadApp(window: BrowserWindow): Promise<void> {
  return window.loadURL(APP_PAGE);
}

/** Every default that matters is written down, so that a change of Electron's defaults cannot loosen one. */
export function windowOptions({
  preloadPath,
  isPackaged,
  state,
}: WindowOptions): BrowserWindowConstructorOptions {
  return {
    ...state.bounds,
    minWidth: MIN_WIDTH,
    minHeight: MIN_HEIGHT,
    show: false,
    title: 'PgVitals',
    webPreferences: {
      preload: preloadPath,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: !isPackaged,
    },
  };
}

/** The jobs run in this process, so the page can come back and find them. */
function reloadAfterCrash(window: BrowserWindow, log: (message: string) => void): void {
  let crashes: number[] = [];
  window.webContents.on('render-process-gone', (_event, details) => {
    if (details.reason === 'clean-exit' || window.isDestroyed()) return;
    log(`the page has gone: ${details.reason} (exit code ${details.exitCode})`);
    const now = Date.now();
    crashes = [...crashes.filter((at) => now - at < 60_000), now];
    if (crashes.length <= MAX_RELOADS_PER_MINUTE) window.webContents.reload();
  });
}
