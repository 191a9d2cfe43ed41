import { createServer, type Socket } from 'node:net';
import type { Forward } from './hop.ts';

/**
 * Listens at a free port of 127.0.0.1 and joins every connection with one of its own through the tunnel: for pg_dump and
 * the like, which do TLS over TCP only. The port is open to every user of this machine, so it lives as long as one job.
 */
export async function openForward(connect: () => Promise<Socket>): Promise<Forward> {
  const open = new Set<Socket>();
  const keep = (socket: Socket): void => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => open.delete(socket));
  };
  const server = createServer({ allowHalfOpen: false, noDelay: true }, (socket) => {
    keep(socket);
    connect().then(
      (far) => {
        keep(far);
        socket.once('close', () => far.destroy());
        far.once('close', () => socket.destroy());
        socket.pipe(far).pipe(socket);
      },
      () => socket.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('A TCP server has a port.');
  return {
    host: '127.0.0.1',
    port: address.port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
