import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatLogLine, redactSecrets } from '../../electron/hosts/log-line.ts';
import { readJsonFile, writeJsonFile } from '../../electron/engine/json-file.ts';
import { menuTemplate } from '../../electron/main/menu.ts';
import { openSecretStore } from '../../electron/main/secret-store.ts';
import { placeOnScreen } from '../../electron/main/window-state.ts';
import { findElectron, whyNoWindow } from '../../electron/hosts/desktop-process.ts';
import { installationRoot } from '../../electron/hosts/installation.ts';
import { resetFakeElectron, safeStorage } from './fake-electron.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pgvitals-parts-'));
  resetFakeElectron({});
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('a JSON file', () => {
  it('is private, replaced as a whole, and keeps the copy before', async () => {
    const path = join(dir, 'sub', 'x.json');
    await writeJsonFile(path, { n: 1 });
    await writeJsonFile(path, { n: 2 });
    expect(await readJsonFile(path)).toEqual({ n: 2 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readdir(join(dir, 'sub'))).sort()).toEqual(['x.json', 'x.json.previous']);
  });

  it.each(['', '{"n": ', '\u0000\u0000'])(
    'that is damaged (%j) is put aside, and the copy before is used',
    async (text) => {
      const path = join(dir, 'x.json');
      await writeJsonFile(path, { n: 1 });
      await writeJsonFile(path, { n: 2 });
      await writeFile(path, text);
      expect(await readJsonFile(path)).toEqual({ n: 1 });
      expect(await readFile(`${path}.broken`, 'utf8')).toBe(text);
    },
  );

  it('that is missing is null', async () => {
    expect(await readJsonFile(join(dir, 'none.json'))).toBeNull();
  });
});

describe('the secret store', () => {
  const open = (platform: NodeJS.Platform = 'linux') =>
    openSecretStore(safeStorage, join(dir, 's.json'), platform);

  it('keeps secrets, unreadable in the file', async () => {
    const store = await open();
    await Promise.all([store?.write('a', 'canary-1'), store?.write('b', 'canary-2')]);
    expect(await store?.read('a')).toBe('canary-1');
    await store?.remove('a');
    expect([await store?.read('a'), await store?.read('b')]).toEqual([null, 'canary-2']);
    expect(await readFile(join(dir, 's.json'), 'utf8')).not.toContain('canary');
  });

  it.each(['basic_text', 'unknown'] as const)('refuses the Linux backend %s', async (backend) => {
    safeStorage.backend = backend;
    expect(await open()).toBeNull();
    expect(await open('darwin')).not.toBeNull();
  });

  it('refuses where there is no encryption', async () => {
    safeStorage.isAvailable = false;
    expect(await open('win32')).toBeNull();
  });

  it('encrypts again when the key has changed', async () => {
    const store = await open();
    await store?.write('a', 'x');
    await writeFile(join(dir, 's.json.previous'), '');
    safeStorage.keyIsOld = true;
    expect(await store?.read('a')).toBe('x');
    expect(await readFile(join(dir, 's.json.previous'), 'utf8')).toContain('"a"');
  });
});

describe('the place of the window', () => {
  const screens = [{ x: 0, y: 0, width: 1920, height: 1080 }];
  const saved = (x: unknown, y: unknown, width: unknown = 1200, height: unknown = 800) => ({
    bounds: { x, y, width, height },
    isMaximized: false,
  });

  it('is kept on a screen that is there', () => {
    expect(placeOnScreen(saved(50, 60), screens).bounds).toEqual({ x: 50, y: 60, width: 1200, height: 800 });
    expect(placeOnScreen(saved(-500, 0), screens).bounds).toEqual({
      x: -500,
      y: 0,
      width: 1200,
      height: 800,
    });
  });

  it.each([
    [5_000, 0],
    [0, 5_000],
    [-1_150, 0],
    [0, -10],
    [0, 1_060],
  ])('%i, %i is off the screen: size only', (x, y) => {
    expect(placeOnScreen(saved(x, y), screens).bounds).toEqual({ width: 1200, height: 800 });
  });

  it.each([
    null,
    7,
    'x',
    {},
    { bounds: null },
    saved('1', 2),
    saved(1, 2, Number.NaN),
    saved(1.5, 2),
    saved(1, 2, null),
  ])('is 1280 × 800 for %j', (value) => {
    expect(placeOnScreen(value, screens)).toEqual({
      bounds: { width: 1280, height: 800 },
      isMaximized: false,
    });
  });

  it('is never smaller than the pages allow', () => {
    expect(placeOnScreen(saved(0, 0, 10, 10), screens).bounds).toMatchObject({ width: 1024, height: 640 });
  });
});

describe('the menu', () => {
  const labels = (isMac: boolean, isPackaged: boolean) =>
    JSON.stringify(menuTemplate({ isMac, isPackaged, press: () => undefined }));

  it('has developer tools in a clone only', () => {
    expect(labels(false, false)).toContain('toggleDevTools');
    expect(labels(false, true)).not.toContain('toggleDevTools');
  });

  it('presses the command key on a Mac', () => {
    const pressed: unknown[] = [];
    const view = menuTemplate({ isMac: true, isPackaged: true, press: (keys) => pressed.push(keys) })[3];
    const items = Array.isArray(view?.submenu) ? view.submenu : [];
    Reflect.apply(
      items.find((item) => item.label === 'Audit Again')?.click ?? (() => undefined),
      undefined,
      [],
    );
    expect(pressed).toEqual([{ keyCode: 'A', modifiers: ['meta', 'shift'] }]);
    expect(labels(true, true)).toContain('appMenu');
  });

  it('gives each accelerator once', () => {
    const accelerators = labels(false, false).match(/"accelerator":"[^"]+"/g) ?? [];
    expect(accelerators.length).toBeGreaterThan(3);
    expect(new Set(accelerators).size).toBe(accelerators.length);
  });
});

describe('the log', () => {
  it.each([
    ['postgres://u:hunter2@h/d', 'postgres://u:[redacted]@h/d'],
    ['at postgresql+asyncpg://u:p@ss:w0rd@h:1/d?x=1', 'at postgresql+asyncpg://u:[redacted]@h:1/d?x=1'],
    ['host=h password=hunter2 user=u', 'host=h password=[redacted] user=u'],
    ["password='hun ter''2' user=u", 'password=[redacted] user=u'],
    ['{"password":"hunter2","user":"u"}', '{"password":[redacted],"user":"u"}'],
    ["ALTER ROLE r PASSWORD 'hunter2'", 'ALTER ROLE r PASSWORD [redacted]'],
    ['SCRAM-SHA-256$4096:c2FsdA==$aaa:bbb', '[redacted]'],
    ['md5d41d8cd98f00b204e9800998ecf8427e', '[redacted]'],
    ['http://127.0.0.1:1/#token=abc', 'http://127.0.0.1:1/#token=[redacted]'],
    ['relation "passwords" is missing', 'relation "passwords" is missing'],
  ])('writes %s as %s', (text, expected) => {
    expect(redactSecrets(text)).toBe(expected);
  });

  it('is one line per message', () => {
    const line = formatLogLine('error', 'first\r\n  at second\nthird', new Date(0));
    expect(line).toBe('1970-01-01T00:00:00.000Z error first | at second | third');
  });
});

describe('the launcher', () => {
  it.each([
    ['linux', {}, 1000, /no display/],
    ['linux', { DISPLAY: ':0' }, 0, /root/],
    ['linux', { DISPLAY: ':0' }, 1000, null],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, 1000, null],
    ['darwin', {}, 501, null],
    ['win32', {}, undefined, null],
  ] as const)('on %s with %j as %s', (platform, environment, uid, expected) => {
    const reason = whyNoWindow(platform, environment, uid);
    if (expected === null) expect(reason).toBeNull();
    else expect(reason).toMatch(expected);
  });

  it('knows where the binary would be without loading the module', () => {
    const root = installationRoot();
    expect(findElectron(root, { ELECTRON_OVERRIDE_DIST_PATH: dir }).executable).toBe(join(dir, 'electron'));
    expect(findElectron(root, {}).executable).toMatch(/node_modules[\\/]electron[\\/]dist/);
    expect(findElectron(dir, {})).toEqual({ executable: '', dir: null });
  });
});
