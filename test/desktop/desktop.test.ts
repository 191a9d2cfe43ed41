import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { startDesktop } from '../../electron/main/desktop.ts';
import { clientOf, useDesk } from './desk.ts';
import { FakeFrame } from './fake-contents.ts';
import { app, BrowserWindow, dialog, Menu, protocol, safeStorage } from './fake-electron.ts';

const desk = useDesk();

describe('the start', () => {
  it('sandboxes everything and registers the scheme before Electron is ready', async () => {
    const started = startDesktop(desk.options());
    expect(app.calls).toEqual(['enableSandbox', 'requestSingleInstanceLock']);
    expect(protocol.privileged).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
    ]);
    app.becomeReady();
    await started;
    expect(BrowserWindow.windows).toHaveLength(1);
  });

  it('leaves the place to the PgVitals that runs already, which comes to the front', async () => {
    app.hasLock = false;
    await startDesktop(desk.options());
    expect(app.calls).toContain('quit');
    expect(app.isReady).toBe(false);

    desk.restart();
    const window = await desk.start();
    window.minimized = true;
    app.emit('second-instance');
    expect(window.minimized).toBe(false);
    expect(window.calls).toContain('focus');
  });

  it('shows one window, hardened in every point, once it has something to show', async () => {
    app.isPackaged = true;
    const window = await desk.start();
    expect(window.options.webPreferences).toEqual({
      preload: '/preload/index.cjs',
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
      devTools: false,
    });
    expect(window.options.show).toBe(false);
    expect(window.calls).toEqual([]);
    window.emit('ready-to-show');
    expect(window.calls).toEqual(['show']);
    expect(window.webContents.loaded).toEqual(['app://pgvitals/']);
  });

  it('opens the demo that the desk.launcher passes, and takes its password out of the environment', async () => {
    desk.launcher.env = { PGVITALS_DEMO_URL: 'postgres://u:secret@127.0.0.1/demo' };
    const window = await desk.start();
    expect(desk.launcher.env).toEqual({});
    expect(desk.opened).toEqual([
      { text: 'postgres://u:secret@127.0.0.1/demo' },
      { name: 'AnalyticBot demo', isDemo: true },
    ]);
    expect(await clientOf(window).app.info()).toMatchObject({ initialConnectionId: 'c1' });
  });

  it('begins at the connect page when the demo has gone', async () => {
    desk.launcher.env = { PGVITALS_DEMO_URL: 'wrong-password' };
    const window = await desk.start();
    expect(await clientOf(window).app.info()).toMatchObject({ initialConnectionId: null });
  });
});

describe('the port', () => {
  it('goes to the top frame of our page, and works', async () => {
    const window = await desk.start();
    const { delivered } = window.webContents.mainFrame;
    expect(delivered.map(({ channel, message, ports }) => [channel, message, ports.length])).toEqual([
      ['pgvitals-port', null, 1],
    ]);
    expect(await clientOf(window).app.info()).toMatchObject({ host: 'desktop', canStorePasswords: true });
  });

  it.each([
    ['https://evil.example/', null],
    ['app://other/', null],
    ['data:text/html,x', null],
    ['app://pgvitals/assets/main.js', null],
    ['app://pgvitals/', new FakeFrame()],
  ])('does not go to a frame that shows %s (below %o)', async (url, parent) => {
    const { webContents } = await desk.start();
    const frame = new FakeFrame(parent);
    frame.url = url;
    webContents.mainFrame = frame;
    webContents.emit('did-finish-load');
    expect(frame.delivered).toEqual([]);
  });

  it.each(['navigation', 'crash', 'end of its process', 'close'])('ends with the page: %s', async (how) => {
    const window = await desk.start();
    const port = window.webContents.mainFrame.delivered[0]?.ports[0];
    const isClosed = new Promise((resolve) => port?.once('close', () => resolve(true)));
    if (how === 'navigation') await window.webContents.navigateFromPage('app://pgvitals/');
    if (how === 'crash') window.webContents.crash();
    if (how === 'end of its process') window.webContents.crash('clean-exit');
    if (how === 'close') window.close();
    expect(await isClosed).toBe(true);
    // The page that comes instead has a port of its own.
    if (how === 'navigation' || how === 'crash')
      await expect.poll(() => window.webContents.mainFrame.delivered.length).toBe(2);
  });

  it('stays through a change of route', async () => {
    const window = await desk.start();
    const client = clientOf(window);
    window.webContents.changeHash('#/findings');
    expect(await client.app.info()).toMatchObject({ name: 'PgVitals' });
    expect(window.webContents.mainFrame.delivered).toHaveLength(1);
  });

  it('ends what runs for the page when the page goes', async () => {
    const window = await desk.start();
    const stream = await clientOf(window).audit.run({ connectionId: 'endless' });
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    window.webContents.crash();
    await expect.poll(() => desk.engine.streams).toEqual({ begun: 1, ended: 1, sawAbort: 1 });
  });
});

describe('a page that crashes', () => {
  it('is loaded again, three times a minute', async () => {
    const { webContents } = await desk.start();
    for (let crash = 0; crash < 6; crash += 1) webContents.crash('crashed');
    await expect.poll(() => webContents.loaded.length).toBe(4);
    webContents.crash('clean-exit');
    expect(await readFile(join(desk.base, 'logs', 'pgvitals.log'), 'utf8')).toMatch(
      /error the page has gone: crashed/,
    );
  });
});

describe('the end', () => {
  it('closes the engine first, then the process', async () => {
    const window = await desk.start();
    window.close();
    expect(app.exitCodes).toEqual([]);
    await expect.poll(() => app.exitCodes).toEqual([0]);
    expect(desk.closed).toBe(1);
  });

  it('does not wait for ever for a server that is silent', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const hanging = () => new Promise<void>(() => undefined);
    const window = await desk.start({ close: hanging });
    window.close();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(app.exitCodes).toEqual([0]);
    vi.useRealTimers();
  });

  it('closes when the desk.launcher dies', async () => {
    await desk.start();
    desk.launcher.emit('disconnect');
    await expect.poll(() => app.exitCodes).toEqual([0]);
  });

  it('keeps the place of the window', async () => {
    const first = await desk.start();
    first.bounds = { x: 100, y: 50, width: 1400, height: 900 };
    first.maximized = true;
    first.close();
    const path = join(desk.base, 'user', 'window.json');
    await expect
      .poll(() =>
        stat(path).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    desk.restart();
    const second = await desk.start();
    expect(second.options).toMatchObject({ x: 100, y: 50, width: 1400, height: 900 });
    expect(second.maximized).toBe(true);
  });
});

describe('what the desktop gives to the engine', () => {
  it('saves through the dialog, and says null when the user cancels', async () => {
    const window = await desk.start();
    const client = clientOf(window);
    const request = { connectionId: 'c1', format: 'md', redact: true } as const;
    expect(await client.reports.save(request)).toBeNull();
    expect(dialog.asked[0]).toMatchObject({ defaultPath: join(desk.base, 'c1.md') });

    dialog.answer = { canceled: false, filePath: join(desk.base, 'saved.md') };
    expect(await client.reports.save(request)).toEqual({ path: join(desk.base, 'saved.md') });
    expect(await readFile(join(desk.base, 'saved.md'), 'utf8')).toHaveLength(2_000_000);

    dialog.answer = { canceled: false, filePath: join(desk.base, 'missing', 'saved.md') };
    await expect(client.reports.save(request)).rejects.toMatchObject({ data: { code: 'FILE_NOT_WRITABLE' } });
  });

  it('stores no passwords without a keychain', async () => {
    safeStorage.backend = 'basic_text';
    const window = await desk.start();
    expect(await clientOf(window).app.info()).toMatchObject({ canStorePasswords: false });
  });

  it('has a menu whose commands press the keys of the page', async () => {
    const window = await desk.start();
    const items = (Menu.current ?? []).flatMap((menu) => (Array.isArray(menu.submenu) ? menu.submenu : []));
    const palette = items.find((item) => item.label === 'Command Palette');
    expect(palette).toMatchObject({ accelerator: 'CmdOrCtrl+K', registerAccelerator: false });
    Reflect.apply(palette?.click ?? fail, undefined, []);
    expect(window.webContents.input).toEqual([
      { type: 'keyDown', keyCode: 'K', modifiers: ['control'] },
      { type: 'keyUp', keyCode: 'K', modifiers: ['control'] },
    ]);
  });
});

function fail(): never {
  throw new Error('the handler is not set');
}
