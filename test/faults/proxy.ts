import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

export interface Proxy {
  readonly port: number;
  /** From now on not a byte passes, in either direction, and no connection closes: a black hole. */
  stall(): void;
  /** The next chunk from the server is handed to `change` before it is passed on. */
  corrupt(change: (chunk: Buffer) => Buffer): void;
  /** From now on everything from the server comes late, and no faster than this. */
  slow(link: { readonly delayMs: number; readonly bytesPerSecond: number }): void;
  /** Cuts all connections with RST. */
  reset(): void;
  close(): Promise<void>;
}

/** A TCP proxy on 127.0.0.1 in front of a server there, for the faults that a network makes. */
export async function startProxy(targetPort: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let isStalled = false;
  let link: { readonly delayMs: number; readonly bytesPerSecond: number } | null = null;
  let change: ((chunk: Buffer) => Buffer) | null = null;
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    let arrivesAtMs = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (chunk) => {
      if (!isStalled) upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (isStalled) return;
      const next = change === null ? chunk : change(chunk);
      change = null;
      if (link === null) {
        client.write(next);
        return;
      }
      // A chunk begins to arrive after the delay, and not before the last one has arrived.
      const now = performance.now();
      arrivesAtMs = Math.max(now + link.delayMs, arrivesAtMs) + (next.length / link.bytesPerSecond) * 1000;
      setTimeout(() => client.write(next), arrivesAtMs - now);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => {
      if (!isStalled) client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stall: () => {
      isStalled = true;
    },
    corrupt: (next) => {
      change = next;
    },
    slow: (next) => {
      link = next;
    },
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
