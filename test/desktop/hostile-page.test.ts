import { describe, expect, it, vi } from 'vitest';
import { useDesk } from './desk.ts';
import { FakeFrame } from './fake-contents.ts';
import { app, session } from './fake-electron.ts';

const desk = useDesk();

describe('app://pgvitals', () => {
  it.each([
    ['app://pgvitals/', 200],
    ['app://pgvitals/index.html', 200],
    ['app://pgvitals/missing.js', 404],
    ['app://pgvitals/..%2fsecret.txt', 404],
    ['app://pgvitals/%2e%2e/secret.txt', 404],
  ])('answers %s with %i and the security headers', async (url, status) => {
    await desk.start();
    const response = await session.defaultSession.request(url);
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain('outside');
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    expect(response.headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  });

  it.each(['app://other/', 'app://pgvitals:1/', 'app://user@pgvitals/', 'app://pgvitals.evil/'])(
    'does not let %s through',
    async (url) => {
      await desk.start();
      await expect(session.defaultSession.request(url)).rejects.toThrow('ERR_BLOCKED_BY_CLIENT');
    },
  );

  it('answers POST with nothing', async () => {
    await desk.start();
    expect((await session.defaultSession.request('app://pgvitals/', 'POST')).status).toBe(404);
  });
});

describe('a hostile page', () => {
  const elsewhere = [
    'https://evil.example/',
    'http://127.0.0.1:1234/',
    'file:///etc/passwd',
    'data:text/html,<script>alert(1)</script>',
    'javascript:alert(1)',
    'blob:app://pgvitals/1',
    'app://other/',
    'app://pgvitals/assets/main.js',
    'app://pgvitals@evil/',
    'devtools://devtools/bundled/inspector.html',
    'about:blank',
    '',
  ];

  it.each(elsewhere)('cannot go to "%s", nor be sent there, nor open it', async (url) => {
    const { webContents } = await desk.start();
    expect(await webContents.navigateFromPage(url)).toBe('blocked');
    expect(await webContents.navigateFromPage(url, new FakeFrame(webContents.mainFrame))).toBe('blocked');
    expect(webContents.redirect(url)).toBe('blocked');
    expect(webContents.openWindow(url)).toBe('deny');
    expect(webContents.mainFrame.url).toBe('app://pgvitals/');
  });

  it('may reload itself, but not load itself in a frame', async () => {
    const { webContents } = await desk.start();
    expect(await webContents.navigateFromPage('app://pgvitals/#/findings')).toBe('shown');
    const frame = new FakeFrame(webContents.mainFrame);
    expect(await webContents.navigateFromPage('app://pgvitals/', frame)).toBe('blocked');
    expect(webContents.attachWebview()).toBe('blocked');
  });

  it.each(['https://evil.example/x', 'ws://127.0.0.1/', 'http://[::1]/', 'file:///etc/passwd', 'ftp://x/'])(
    'reaches nothing at %s',
    async (url) => {
      await desk.start();
      await expect(session.defaultSession.request(url)).rejects.toThrow('ERR_BLOCKED_BY_CLIENT');
    },
  );

  it('gets the developer tools in a clone only', async () => {
    await desk.start();
    await expect(session.defaultSession.request('devtools://devtools/x.js')).rejects.toThrow(
      'UNKNOWN_URL_SCHEME',
    );
    desk.restart();
    app.isPackaged = true;
    await desk.start();
    await expect(session.defaultSession.request('devtools://devtools/x.js')).rejects.toThrow(
      'BLOCKED_BY_CLIENT',
    );
  });

  it('is granted the clipboard for writing, and nothing else', async () => {
    await desk.start();
    const asked = [
      'clipboard-read',
      'media',
      'geolocation',
      'notifications',
      'usb',
      'serial',
      'fileSystem',
      'midi',
    ];
    for (const permission of [...asked, 'openExternal', 'clipboard-sanitized-write']) {
      const isWrite = permission === 'clipboard-sanitized-write';
      expect([permission, ask(permission, 'app://pgvitals/')]).toEqual([permission, isWrite]);
      expect([permission, check(permission, 'app://pgvitals')]).toEqual([permission, isWrite]);
      expect(ask(permission, 'https://evil.example/')).toBe(false);
      expect(check(permission, 'https://evil.example')).toBe(false);
    }
    expect(Reflect.apply(session.defaultSession.devicePermission ?? fail, undefined, [{}])).toBe(false);
    const capture = vi.fn();
    Reflect.apply(session.defaultSession.displayMedia ?? fail, undefined, [{}, capture]);
    expect(capture).toHaveBeenCalledWith(null);
  });

  it('downloads only what it made itself', async () => {
    await desk.start();
    const download = (url: string) => {
      const event = { preventDefault: vi.fn() };
      session.defaultSession.emit('will-download', event, { getURL: () => url });
      return event.preventDefault.mock.calls.length === 0;
    };
    expect(download('blob:app://pgvitals/1')).toBe(true);
    expect(download('blob:app://pgvitals.evil/1')).toBe(false);
    expect(download('https://evil.example/x.exe')).toBe(false);
    expect(download('data:text/plain,x')).toBe(false);
  });
});

function ask(permission: string, requestingUrl: string): boolean {
  const answer = vi.fn();
  Reflect.apply(session.defaultSession.permissionRequest ?? fail, undefined, [
    null,
    permission,
    answer,
    { requestingUrl },
  ]);
  return answer.mock.calls[0]?.[0] === true;
}

function check(permission: string, origin: string): boolean {
  return (
    Reflect.apply(session.defaultSession.permissionCheck ?? fail, undefined, [
      null,
      permission,
      origin,
      {},
    ]) === true
  );
}

function fail(): never {
  throw new Error('the handler is not set');
}
