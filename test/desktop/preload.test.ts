import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ipcRenderer, resetFakeElectron } from './fake-electron.ts';

interface Posted {
  readonly message: unknown;
  readonly targetOrigin: string;
  readonly transfer: readonly object[];
}

let posted: Posted[];

beforeEach(() => {
  posted = [];
  resetFakeElectron({});
  vi.resetModules();
});
afterEach(() => vi.unstubAllGlobals());

it('forwards the port to our page, bound to its origin', async () => {
  await loadPreload('app://pgvitals');
  const { port2 } = new MessageChannel();
  ipcRenderer.emit('pgvitals-port', { ports: [port2] });
  expect(posted).toEqual([{ message: 'pgvitals-port', targetOrigin: 'app://pgvitals', transfer: [port2] }]);
});

it.each(['https://evil.example', 'null', 'app://other', 'file://'])(
  'gives nothing to a page of %s',
  async (origin) => {
    await loadPreload(origin);
    ipcRenderer.emit('pgvitals-port', { ports: [new MessageChannel().port2] });
    expect(posted).toEqual([]);
  },
);

it('gives nothing to a frame inside our page', async () => {
  await loadPreload('app://pgvitals', { isTop: false });
  ipcRenderer.emit('pgvitals-port', { ports: [new MessageChannel().port2] });
  expect(posted).toEqual([]);
});

it('exposes nothing to the page', async () => {
  const page = await loadPreload('app://pgvitals');
  expect(Object.keys(page).sort()).toEqual(['location', 'postMessage', 'top']);
  expect(ipcRenderer.eventNames()).toEqual(['pgvitals-port']);
});

async function loadPreload(origin: string, { isTop = true } = {}): Promise<object> {
  const page = {
    location: { origin },
    top: null as unknown,
    postMessage: (message: unknown, targetOrigin: string, transfer: readonly object[]) =>
      posted.push({ message, targetOrigin, transfer }),
  };
  page.top = isTop ? page : {};
  vi.stubGlobal('window', page);
  // The same instance of the fake as ours, although the modules are fresh.
  vi.doMock('electron', () => ({ ipcRenderer }));
  await import('../../electron/preload/preload.ts');
  return page;
}
