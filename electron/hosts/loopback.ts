import { randomBytes } from 'node:crypto';
import { createServer, STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Engine } from '#engine/engine.ts';
import { createChannelServer, MAX_FRAME_BYTES, type ChannelPeer } from '#api/channel.ts';
import { createTokenGuard, refuseRequest, type Refusal } from './loopback-guard.ts';
import { readRendererFile, securityHeaders } from './renderer-files.ts';

export interface LoopbackOptions {
  readonly engine: Engine;
  /** Folder with the built renderer (index.html and assets). */
  readonly rendererDir: string;
  /** Connection the page opens first; null shows the connect page. */
  readonly initialConnectionId: string | null;
  /** Ends the server. The engine belongs to the caller. */
  readonly signal?: AbortSignal | undefined;
}

export interface Loopback {
  /** With the one-time token in the fragment, which browsers never send anywhere. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Serves the renderer and the contract to a browser on this machine, and to nobody else. */
export async function startLoopback(options: LoopbackOptions): Promise<Loopback> {
  const token = randomBytes(32).toString('base64url');
  const isRightToken = createTokenGuard(token);
  const openChannel = createChannelServer(options);
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    // The token is never echoed.
    handleProtocols: () => 'pgvitals',
  });
  let port = 0;

  const server = createServer((request, response) => {
    respond(request, response, options.rendererDir, port).catch(() => response.destroy());
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    void admit(request).then(
      (refusal) => {
        if (refusal !== null) return refuseUpgrade(socket, refusal);
        sockets.handleUpgrade(request, socket, head, (webSocket) => attach(webSocket, openChannel));
      },
      () => socket.destroy(),
    );
  });

  async function admit(request: IncomingMessage): Promise<Refusal | null> {
    const refusal = refuseRequest(request, port);
    if (refusal !== null) return refusal;
    if (request.url !== '/rpc') return { status: 404, reason: 'nothing here' };
    return (await isRightToken(request.headers['sec-websocket-protocol']))
      ? null
      : { status: 401, reason: 'wrong token' };
  }

  async function close(): Promise<void> {
    options.signal?.removeEventListener('abort', closeQuietly);
    for (const socket of sockets.clients) socket.close(1001, 'PgVitals ends');
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    setTimeout(() => sockets.clients.forEach((socket) => socket.terminate()), CLOSE_GRACE_MS).unref();
    await closed;
  }
  const closeQuietly = () => void close();

  port = await listen(server);
  if (options.signal?.aborted === true) await close();
  else options.signal?.addEventListener('abort', closeQuietly, { once: true });
  return { url: `http://127.0.0.1:${port}/#token=${token}`, port, close };
}

const CLOSE_GRACE_MS = 500;

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  rendererDir: string,
  port: number,
) {
  const refusal = refuseRequest(request, port);
  // Not through URL(): it throws on `//`, and folds `/../` away before anyone has looked at it.
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const file = refusal === null ? await readRendererFile(rendererDir, path) : null;
  const status = refusal?.status ?? (file === null ? 404 : 200);
  const content = file?.content ?? Buffer.from(`${STATUS_CODES[status]}\n`);
  response.writeHead(status, {
    ...securityHeaders(),
    'Content-Type': file?.mediaType ?? 'text/plain; charset=utf-8',
    'Content-Length': content.length,
    // A body that nobody reads must not be taken for the next request.
    ...(refusal === null ? {} : { Connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : content);
}

function refuseUpgrade(socket: Duplex, { status, reason }: Refusal): void {
  const headers = Object.entries({ ...securityHeaders(), Connection: 'close', 'Content-Length': '0' });
  const lines = [`HTTP/1.1 ${status} ${reason}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  socket.end(`${lines.join('\r\n')}\r\n\r\n`);
}

function attach(socket: WebSocket, openChannel: ReturnType<typeof createChannelServer>): void {
  const peer: ChannelPeer = {
    // The callback comes once the frame has left the buffer: a slow page slows the stream, not the memory.
    send: (frame) =>
      new Promise((resolve) => {
        socket.send(frame, () => resolve());
      }),
    refuse: () => socket.close(1008, 'refused'),
  };
  const channel = openChannel(peer);
  // Text arrives as bytes too; the channel reads either.
  socket.on('message', (frame) => channel.receive(frame));
  socket.on('close', () => channel.close());
  // A frame above the limit or a broken one: `ws` closes the socket itself, without a listener the process would end.
  socket.on('error', () => channel.close());
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The loopback server has no port.');
  return address.port;
}
