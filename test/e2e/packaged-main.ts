import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type RawData, WebSocketServer } from 'ws';
import { app, BrowserWindow, dialog, resetFakeElectron, session } from '../desktop/fake-electron.ts';

/**
 * Runs the main process out of the package with a stand-in for Electron, and lets Chromium be its window: what the page
 * asks for goes through `app://pgvitals/` as main serves it, and its frames through the port that main hands over.
 * Only the window itself is not Electron's.
 */
const appDir = process.argv[2] ?? '';
const profile = mkdtempSync(join(tmpdir(), 'pgvitals-packaged-'));
process.on('exit', () => rmSync(profile, { recursive: true, force: true }));

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron'
      ? { url: new URL('../desktop/fake-electron.ts', import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
});
resetFakeElectron({ userData: join(profile, 'user'), logs: join(profile, 'logs'), documents: profile });
app.isPackaged = true;
app.exit = (code) => process.exit(code);
dialog.showSaveDialog = async (first, second) => ({
  canceled: false,
  filePath: (second ?? ('defaultPath' in first ? first : {})).defaultPath ?? '',
});

await import(pathToFileURL(join(appDir, 'dist', 'main', 'main.mjs')).href);
app.becomeReady();
while (BrowserWindow.windows[0]?.webContents.mainFrame.delivered.length !== 1) {
  await new Promise((resolve) => setTimeout(resolve, 10));
}
const { webContents } = BrowserWindow.windows[0];

const server = createServer((request, response) => {
  void session.defaultSession.request(`app://pgvitals${request.url}`, request.method).then(async (answer) => {
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
});
const sockets = new WebSocketServer({ server, handleProtocols: () => 'pgvitals' });
sockets.on('connection', (socket) => {
  const early: RawData[] = [];
  const keep = (frame: RawData) => early.push(frame);
  socket.on('message', keep);
  // A new page: main takes the last port back and hands over another.
  webContents.once('did-finish-load', () => {
    const port = webContents.mainFrame.delivered.at(-1)?.ports[0];
    if (port === undefined) return socket.close();
    const forward = (frame: RawData) => port.postMessage(new Uint8Array(Buffer.from(frame as Buffer)));
    socket.off('message', keep);
    early.forEach(forward);
    socket.on('message', forward);
    socket.on('close', () => port.close());
    port.on('message', (frame: string) => socket.send(frame));
    port.on('close', () => socket.close());
  });
  webContents.reload();
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('no port');
process.send?.({ url: `http://127.0.0.1:${address.port}/#token=desktop`, documentsDir: profile });
