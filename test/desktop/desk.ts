import { EventEmitter } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { afterEach, beforeEach, expect } from 'vitest';
import type { Engine } from '#engine/engine.ts';
import type { Host } from '#engine/host.ts';
import { type DesktopOptions, startDesktop } from '../../electron/main/desktop.ts';
import type { Client } from '../contract/links.ts';
import { createSampleEngine, type SampleEngine } from '../contract/sample-engine.ts';
import { app, BrowserWindow, resetFakeElectron } from './fake-electron.ts';

export interface Desk {
  /** Folder of this test, with `renderer/index.html` and a secret beside it. */
  base: string;
  engine: SampleEngine;
  /** How often the engine was closed. */
  closed: number;
  /** What the engine was asked to open: the request and its options. */
  opened: object[];
  launcher: EventEmitter & { env: NodeJS.ProcessEnv; platform: NodeJS.Platform };
  options(overrides?: Partial<Engine>): DesktopOptions;
  start(overrides?: Partial<Engine>): Promise<BrowserWindow>;
  /** Forgets the app, as a new process would, but keeps the files. */
  restart(): void;
}

/** A desktop app of its own for every test of the file, ended and removed after it. */
export function useDesk(): Desk {
  const desk: Desk = {
    base: '',
    engine: createSampleEngine(),
    closed: 0,
    opened: [],
    launcher: newLauncher(),
    options: (overrides = {}) => ({
      createEngine: (host: Host) => createWatchedEngine(desk, host, overrides),
      rendererDir: join(desk.base, 'renderer'),
      preloadPath: '/preload/index.cjs',
      process: desk.launcher,
    }),
    start: async (overrides) => {
      const started = startDesktop(desk.options(overrides));
      app.becomeReady();
      await started;
      const window = BrowserWindow.windows[0];
      if (window === undefined) throw new Error('no window');
      return window;
    },
    restart: () =>
      resetFakeElectron({
        userData: join(desk.base, 'user'),
        logs: join(desk.base, 'logs'),
        documents: desk.base,
      }),
  };
  beforeEach(async () => {
    desk.base = await mkdtemp(join(tmpdir(), 'pgvitals-desktop-'));
    await mkdir(join(desk.base, 'renderer'));
    await writeFile(join(desk.base, 'renderer', 'index.html'), '<!doctype html><title>PgVitals</title>');
    await writeFile(join(desk.base, 'secret.txt'), 'outside');
    desk.restart();
    Object.assign(desk, { closed: 0, opened: [], launcher: newLauncher() });
  });
  afterEach(async () => {
    app.quit();
    await expect.poll(() => app.exitCodes.length).toBeGreaterThan(0);
    await rm(desk.base, { recursive: true, force: true, maxRetries: 5 });
  });
  return desk;
}

/** A client on the port that the page was given last. */
export function clientOf(window: BrowserWindow): Client {
  const port = window.webContents.mainFrame.delivered.at(-1)?.ports[0];
  if (port === undefined) throw new Error('the page has no port');
  const client = createORPCClient<Client>(new RPCLink({ port }));
  port.start();
  return client;
}

function createWatchedEngine(desk: Desk, host: Host, overrides: Partial<Engine>): Engine {
  const engine = createSampleEngine(host);
  desk.engine = engine;
  return {
    ...engine,
    open: (request, { signal: _signal, ...rest }) => {
      desk.opened.push(request, rest);
      return engine.open(request, {});
    },
    close: async () => {
      desk.closed += 1;
    },
    ...overrides,
  };
}

function newLauncher(): Desk['launcher'] {
  return Object.assign(new EventEmitter(), { env: {}, platform: 'linux' as const });
}
