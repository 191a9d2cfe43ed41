import { createORPCClient } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { createRouterClient } from '@orpc/server';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { createChannelServer } from '#api/channel.ts';
import { createRouter } from '#api/router.ts';
import type { Engine } from '#engine/engine.ts';
import type { Contract } from '#shared/contract/index.ts';
import { startLoopback } from '../../electron/hosts/loopback.ts';

export type Client = ContractRouterClient<Contract>;

export interface Link {
  readonly client: Client;
  close(): Promise<void>;
}

const context = (engine: Engine) => ({ engine, initialConnectionId: null });

/** The three ways in which the contract is reached; a scenario must not be able to tell them apart. */
export const LINKS: Readonly<Record<string, (engine: Engine) => Promise<Link>>> = {
  'in-process': async (engine) => ({
    client: createRouterClient(createRouter(), { context: context(engine) }),
    close: async () => undefined,
  }),
  MessagePort: async (engine) => {
    const { port1, port2 } = new MessageChannel();
    servePort(engine, port1);
    const client = createORPCClient<Client>(new PortLink({ port: port2 }));
    port2.start();
    return { client, close: async () => port1.close() };
  },
  WebSocket: async (engine) => {
    const loopback = await startLoopback({ ...context(engine), rendererDir: import.meta.dirname });
    const socket = await openSocket(loopback.url);
    return {
      client: createORPCClient<Client>(new SocketLink({ websocket: socket })),
      close: () => loopback.close(),
    };
  },
};

export function servePort(engine: Engine, port: MessagePort): void {
  const channel = createChannelServer(context(engine))({
    send: async (frame) => port.postMessage(frame),
    refuse: () => port.close(),
  });
  port.on('message', (frame: unknown) => channel.receive(frame));
  port.on('close', () => channel.close());
}

export async function openSocket(url: string): Promise<WebSocket> {
  const { host, hash } = new URL(url);
  const socket = new WebSocket(`ws://${host}/rpc`, ['pgvitals', hash.replace('#token=', '')]);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('error', () => reject(new Error('the socket was refused')), { once: true });
  });
  return socket;
}
