import { type AddressInfo, type Socket, createServer } from 'node:net';

export interface FakeServer {
  readonly port: number;
  /** Everything that clients have sent, as Latin-1 text. */
  received(): string;
  connectionCount(): number;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1 and leaves each connection to `answer`. */
export async function startFakeServer(
  answer: (socket: Socket, chunk: Buffer | null) => void,
): Promise<FakeServer> {
  const chunks: Buffer[] = [];
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      answer(socket, chunk);
    });
    answer(socket, null);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received: () => Buffer.concat(chunks).toString('latin1'),
    connectionCount: () => count,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Speaks PostgreSQL's protocol up to a point: refuses TLS, then sends `messages` at the startup packet, and `next` after. */
export function speakPostgres(
  messages: readonly Buffer[],
  next: (socket: Socket, chunk: Buffer) => void = () => undefined,
): (socket: Socket, chunk: Buffer | null) => void {
  const started = new WeakSet<Socket>();
  return (socket, chunk) => {
    if (chunk === null) return;
    if (chunk.length === 8 && chunk.readInt32BE(4) === 80_877_103) socket.write('N');
    else if (started.has(socket)) next(socket, chunk);
    else {
      started.add(socket);
      socket.write(Buffer.concat(messages));
    }
  };
}

export function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

export const authenticationOk = message('R', int32(0));
export const askForCleartext = message('R', int32(3));
export const askForScram = message('R', Buffer.concat([int32(10), Buffer.from('SCRAM-SHA-256\0\0')]));
export const readyForQuery = message('Z', Buffer.from('I'));
export const backendKey = message('K', Buffer.concat([int32(4711), int32(42)]));

export function parameter(name: string, value: string): Buffer {
  return message('S', Buffer.from(`${name}\0${value}\0`));
}

export function serverError(sqlState: string, text: string): Buffer {
  return message('E', Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${text}\0\0`));
}

/** The server's half of SCRAM, with as many iterations as it pleases. */
export function scramChallenge(clientFirst: Buffer, iterations: number): Buffer {
  const nonce = /r=([^,\0]+)/.exec(clientFirst.toString('latin1'))?.[1] ?? '';
  const text = `r=${nonce}server,s=${Buffer.from('saltsaltsalt').toString('base64')},i=${iterations}`;
  return message('R', Buffer.concat([int32(11), Buffer.from(text)]));
}
