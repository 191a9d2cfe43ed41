import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';

/** Where Debian's and PostgreSQL's own builds put sockets. */
const SOCKET_FOLDERS: readonly string[] = ['/var/run/postgresql', '/tmp'];
const FIRST_PORT = 5432;
const LAST_PORT = 5439;
const ANSWER_MS = 500;
/** SSLRequest: any PostgreSQL answers it with one letter, and nothing is logged there for it. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

export interface LocalServer {
  readonly host: string;
  readonly port: number;
}

/** PostgreSQL servers of this machine: its sockets, and ports 5432 to 5439 of 127.0.0.1. Nobody is logged in. */
export async function findLocalServers(
  options: { readonly socketFolders?: readonly string[]; readonly ports?: readonly number[] } = {},
): Promise<readonly LocalServer[]> {
  const { socketFolders = SOCKET_FOLDERS } = options;
  const ports =
    options.ports ?? Array.from({ length: LAST_PORT - FIRST_PORT + 1 }, (_, at) => FIRST_PORT + at);
  const sockets = await Promise.all(socketFolders.map(socketsIn));
  const places = [...sockets.flat(), ...ports.map((port) => ({ host: '127.0.0.1', port }))];
  const answers = await Promise.all(places.map(isPostgres));
  return places.filter((_, at) => answers[at]);
}

async function socketsIn(folder: string): Promise<LocalServer[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => {
    const port = /^\.s\.PGSQL\.(\d{1,5})$/.exec(name)?.[1];
    return port === undefined ? [] : [{ host: folder, port: Number(port) }];
  });
}

/** Whether PostgreSQL, or a pooler, answers there within half a second. */
export function isPostgres({ host, port }: LocalServer): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = host.startsWith('/')
      ? connect({ path: `${host}/.s.PGSQL.${port}` })
      : connect({ host, port });
    const end = (answer: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end(false), ANSWER_MS);
    socket.on('error', () => end(false));
    socket.once('connect', () => socket.write(SSL_REQUEST));
    // "S" or "N": with TLS or without; a pooler answers as its server would.
    socket.once('data', (chunk) => end(chunk.length === 1 && (chunk[0] === 0x53 || chunk[0] === 0x4e)));
    socket.once('close', () => end(false));
  });
}
