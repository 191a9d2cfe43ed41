import { type ConnectionTarget, describeAddress } from './target.ts';
import { connect as connectTls } from 'node:tls';
import type { Socket } from 'node:net';
import { type Verification, type Verified, tlsOptions } from './tls-options.ts';
import { handshakeFailure } from './tls-failures.ts';
import { CLOSED_AT_ONCE, errorCode, fromNetworkError, notPostgres } from './failures.ts';
import { EngineError } from '../errors.ts';
import { recogniseServer } from './recognise.ts';

/** How the link is protected. */
export interface TlsFacts {
  /** For example "TLSv1.3". */
  readonly protocol: string;
  readonly cipher: string;
  readonly verified: Verified;
}

export interface SecuredSocket {
  readonly socket: Socket;
  readonly tls: TlsFacts | null;
}

export type Encryption = 'never' | 'if offered' | 'always';

/**
 * Which encryption to try, in order. The second try of `allow` comes when the server refuses the login without TLS.
 * Unlike libpq, `prefer` never falls back to plain text after TLS began: only a server without TLS gets plain text.
 */
export function encryptionAttempts(target: ConnectionTarget): readonly Encryption[] {
  // As libpq: TLS has no meaning on a Unix socket, whatever sslmode says.
  if (target.host.startsWith('/') && target.hostAddress === null) return ['never'];
  switch (target.sslMode) {
    case 'disable':
      return ['never'];
    case 'allow':
      return ['never', 'always'];
    case 'prefer':
      return ['if offered'];
    default:
      return ['always'];
  }
}

/** Does the TLS part of the start of a connection. Throws TLS_FAILED, NOT_POSTGRESQL, FILE_NOT_READABLE, or the signal's reason. */
export async function secureSocket(
  socket: Socket,
  target: ConnectionTarget,
  {
    encryption,
    signal,
    onAnswer,
  }: { readonly encryption: Encryption; readonly signal: AbortSignal; readonly onAnswer?: () => void },
): Promise<SecuredSocket> {
  if (encryption === 'never') return { socket, tls: null };
  // Read before the server is asked: a missing file must not look like a broken connection. As with libpq, files are
  // nobody's business where TLS may turn out not to be used.
  const ready = encryption === 'if offered' ? null : await tlsOptions(target);
  if (target.sslNegotiation === 'postgres') {
    socket.write(SSL_REQUEST);
    const answer = await firstBytes(socket, target, signal);
    onAnswer?.();
    if (answer.length === 1 && answer[0] === CODE.refused) {
      if (encryption === 'if offered') return { socket, tls: null };
      throw new EngineError(
        'TLS_FAILED',
        `${describeAddress(target)} does not offer TLS, and sslmode=${target.sslMode} asks for it.`,
        'Switch ssl on at the server; sslmode=prefer or disable would send everything readable.',
      );
    }
    if (answer[0] === CODE.error && answer.length > 5) {
      throw notPostgres(target, 'it answers the request for TLS with an error of its own');
    }
    // More than the one byte is another protocol, or somebody injecting text before the encryption (CVE-2021-23222).
    if (answer.length !== 1 || answer[0] !== CODE.accepted)
      throw notPostgres(target, recogniseServer(answer));
  }
  const secured = await handshake(socket, target, ready ?? (await tlsOptions(target)), signal);
  onAnswer?.();
  return secured;
}

/** Length 8 and the code 80877103: https://www.postgresql.org/docs/current/protocol-message-formats.html */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const CODE = { accepted: 0x53, refused: 0x4e, error: 0x45 };

function firstBytes(socket: Socket, target: ConnectionTarget, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('data', onData);
      socket.removeListener('close', onClose);
      socket.removeListener('error', onError);
    };
    const onData = (chunk: Buffer): void => {
      settle();
      resolve(chunk);
    };
    const onError = (error: Error): void => {
      settle();
      reject(
        errorCode(error) === 'ECONNRESET' || errorCode(error) === 'EPIPE'
          ? notPostgres(target, CLOSED_AT_ONCE)
          : fromNetworkError(error, target),
      );
    };
    const onClose = (): void => {
      settle();
      reject(notPostgres(target, CLOSED_AT_ONCE));
    };
    const onAbort = (): void => {
      settle();
      reject(signal.reason);
    };
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('data', onData);
    socket.once('end', onClose);
    socket.once('close', onClose);
    socket.once('error', onError);
  });
}

function handshake(
  plain: Socket,
  target: ConnectionTarget,
  { verified, options }: Verification,
  signal: AbortSignal,
): Promise<SecuredSocket> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      signal.removeEventListener('abort', onAbort);
      plain.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason);
    let secure;
    try {
      secure = connectTls({ ...options, socket: plain });
    } catch (error) {
      // A certificate or key that is no PEM throws at once.
      fail(handshakeFailure(error, target));
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    const socket = secure;
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', onAbort);
      const protocol = socket.getProtocol() ?? 'TLS';
      resolve({ socket, tls: { protocol, cipher: socket.getCipher().name, verified } });
    });
    socket.on('error', (error) => fail(handshakeFailure(error, target)));
  });
}
