import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

export interface Proxy {
  readonly port: number;
  /** From now on not a byte passes, in either direction, and no connection closes: a black hole. */
  stall(): void;
  /**
   * New connections pass again. Those from before stay silent for ever, as behind a router that has forgotten them; but
   * the server hears of those that were closed meanwhile.
   */
  resume(): void;
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
  let outages = 0;
  const closedUnheard = new Set<Socket>();
  let link: { readonly delayMs: number; readonly bytesPerSecond: number } | null = null;
  let change: ((chunk: Buffer) => Buffer) | null = null;
  const server = createServer((client) => {
    if (isStalled) {
      // Its first packet would not arrive.
      sockets.add(client);
      client.on('error', () => undefined);
      client.on('close', () => sockets.delete(client));
      client.resume();
      return;
    }
    const upstream = connect(targetPort, '127.0.0.1');
    const outage = outages;
    const isDead = (): boolean => outage !== outages;
    let arrivesAtMs = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (chunk) => {
      if (!isDead()) upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (isDead()) return;
      const next = change === null ? chunk : change(chunk);
      change = null;
      if (isDead()) return;
      if (link === null) {
        client.write(next);
        return;
      }
      // A chunk begins to arrive after the delay, and not before the last one has arrived.
      const now = performance.now();
      arrivesAtMs = Math.max(now + link.delayMs, arrivesAtMs) + (next.length / link.bytesPerSecond) * 1000;
      setTimeout(() => client.write(next), arrivesAtMs - now);
    });
    client.on('close', () => {
      if (isStalled) closedUnheard.add(upstream);
      else upstream.destroy();
    });
    upstream.on('close', () => {
      if (!isDead()) client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stall: () => {
      isStalled = true;
      outages += 1;
    },
    resume: () => {
      isStalled = false;
      for (const upstream of closedUnheard) upstream.destroy();
      closedUnheard.clear();
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
