import type { Socket } from 'node:net';

export interface HostileServer {
  readonly name: string;
  readonly answer: (socket: Socket, chunk: Buffer | null) => void;
  /** Part of the sentence that the user gets. */
  readonly says: string;
}

const greets = (greeting: string) => (socket: Socket, chunk: Buffer | null) => {
  if (chunk === null) socket.write(Buffer.from(greeting, 'latin1'));
};
const replies = (reply: string) => (socket: Socket, chunk: Buffer | null) => {
  if (chunk !== null) socket.end(Buffer.from(reply, 'latin1'));
};

/** What listens at the port that somebody took for PostgreSQL's. */
export const HOSTILE_SERVERS: readonly HostileServer[] = [
  { name: 'SSH', answer: greets('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'), says: 'SSH' },
  { name: 'HTTP', answer: replies('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'), says: 'HTTP' },
  { name: 'MySQL', answer: greets('\x4a\0\0\0\x0a8.0.36\0\x08\0\0\0abcdefgh\0'), says: 'MySQL' },
  { name: 'Redis', answer: replies('-ERR unknown command\r\n'), says: 'Redis' },
  { name: 'SMTP', answer: greets('220 mail.example ESMTP\r\n'), says: 'mail or FTP' },
  { name: 'TLS', answer: replies('\x15\x03\x01\0\x02\x02\x0a'), says: 'TLS' },
  { name: 'silence', answer: () => undefined, says: 'does not answer' },
  {
    name: 'hanging up',
    answer: (socket, chunk) => void (chunk !== null && socket.end()),
    says: 'closes the connection',
  },
  {
    name: 'a reset',
    answer: (socket, chunk) => void (chunk !== null && socket.resetAndDestroy()),
    says: 'closes the connection',
  },
  { name: 'zeros', answer: replies('\0'.repeat(64)), says: 'not in the PostgreSQL protocol' },
  {
    name: 'an echo',
    answer: (socket, chunk) => void (chunk !== null && socket.write(chunk)),
    says: 'protocol',
  },
];
