import type { ClientContext, ClientLink } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import { BackendGoneError } from './errors.ts';
import { guardLink } from './guard.ts';
import { takeToken } from './token.ts';

/** A way to the engine that knows when it is gone. */
export interface Channel {
  readonly link: ClientLink<ClientContext>;
  /** Aborted once the engine is out of reach, for good. */
  readonly gone: AbortSignal;
}

/** The desktop's preload hands over a MessagePort; in a browser we speak WebSocket to the server we came from. */
export function openChannel(): Promise<Channel> {
  return window.location.protocol === 'app:' ? openPort() : openSocket();
}

async function openPort(): Promise<Channel> {
  const port = await receivePort();
  const gone = new AbortController();
  port.addEventListener('close', () => gone.abort());
  const link = new PortLink({ port });
  port.start();
  return { link: guardLink(link, gone.signal), gone: gone.signal };
}

function receivePort(): Promise<MessagePort> {
  return new Promise((resolve) => {
    const receive = (event: MessageEvent<unknown>): void => {
      const [port] = event.ports;
      if (event.source !== window || event.data !== 'pgvitals-port' || !port) return;
      window.removeEventListener('message', receive);
      resolve(port);
    };
    window.addEventListener('message', receive);
  });
}

async function openSocket(): Promise<Channel> {
  const token = takeToken(window.location, window.history, window.sessionStorage);
  if (!token) throw noToken();
  const address = new URL('rpc', window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.hash = '';
  const socket = new WebSocket(address, ['pgvitals', token]);
  const gone = new AbortController();
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('close', () => reject(noToken()), { once: true });
  });
  socket.addEventListener('close', () => gone.abort());
  return { link: guardLink(new SocketLink({ websocket: socket }), gone.signal), gone: gone.signal };
}

function noToken(): BackendGoneError {
  return new BackendGoneError(
    'PgVitals cannot reach its engine from this page.',
    'Open the address that PgVitals printed in the terminal: it carries a token that is new at every start.',
  );
}
