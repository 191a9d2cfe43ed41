import { type AuthMethod, type ConnectionTarget, describeAddress, isLocal } from './target.ts';
import type { Connection } from 'pg';
import { EngineError } from '../errors.ts';
import type { TlsFacts } from './tls.ts';

/**
 * Refuses what a hostile server could ask for: the password in clear or a weak SCRAM proof where nothing proves who
 * asks, a method that require_auth rules out, a login without the channel binding that was demanded (reliability.md
 * F13). Call it before pg adds its own listeners: a destroyed socket takes no more bytes, so nothing secret leaves.
 */
export function watchAuthentication(
  connection: Connection,
  target: ConnectionTarget,
  tls: TlsFacts | null,
  refuse: (error: EngineError) => void,
): void {
  const isVerified = isLocal(target) || (tls !== null && tls.verified !== 'nothing');
  let used: AuthMethod = 'none';
  let wasBound = false;
  const use = (method: AuthMethod): boolean => {
    used = method;
    if (target.allowedAuth === null || target.allowedAuth.has(method)) return true;
    refuse(
      new EngineError(
        'AUTH_FAILED',
        `The server asks for the authentication method ${method}, which require_auth rules out.`,
        'Change require_auth, or the line for this connection in pg_hba.conf.',
      ),
    );
    return false;
  };
  connection.on('authenticationCleartextPassword', () => {
    if (!use('password') || isVerified || target.allowedAuth?.has('password')) return;
    refuse(
      new EngineError(
        'AUTH_FAILED',
        `${describeAddress(target)} asks for the password in clear, and nothing proves who it is.`,
        'Verify the server with sslmode=verify-full and sslrootcert, or allow it with require_auth=password.',
      ),
    );
  });
  connection.on('authenticationMD5Password', () => use('md5'));
  connection.on('authenticationSASL', (message: { mechanisms: readonly string[] }) => {
    use('scram-sha-256');
    wasBound = tls !== null && message.mechanisms.includes('SCRAM-SHA-256-PLUS');
  });
  connection.on('authenticationSASLContinue', (message: { data: string }) => {
    const iterations = Number(/(?:^|,)i=(\d+)/.exec(message.data)?.[1] ?? SCRAM_MIN_ITERATIONS);
    if (iterations >= SCRAM_MIN_ITERATIONS || isVerified) return;
    refuse(
      new EngineError(
        'AUTH_FAILED',
        `${describeAddress(target)} asks for a proof of the password so weak that it could be guessed from it.`,
        'Verify the server with sslmode=verify-full and sslrootcert.',
      ),
    );
  });
  connection.on('authenticationOk', () => {
    if (used === 'none' && !use('none')) return;
    if (target.channelBinding !== 'require' || wasBound) return;
    refuse(
      new EngineError(
        'AUTH_FAILED',
        'The server offers no channel binding, and channel_binding=require asks for it.',
        'It needs TLS and a SCRAM-SHA-256 password; a pooler in between often offers neither.',
      ),
    );
  });
}

/** The server has to ask for this many rounds at least, unless it was verified (RFC 7677 §4). */
const SCRAM_MIN_ITERATIONS = 4096;
export const SCRAM_MAX_ITERATIONS = 100_000;
