import { type ConnectionTarget, describeAddress } from './target.ts';
import { DatabaseError } from 'pg';
import { EngineError } from '../errors.ts';

/** A failed look-up, TCP connection or socket, as the sentence for the user. */
export function fromNetworkError(error: unknown, target: ConnectionTarget): EngineError {
  if (error instanceof EngineError) return error;
  const address = describeAddress(target);
  const code = errorCode(error);
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_NONAME':
    case 'EAI_NODATA':
      return new EngineError(
        'UNKNOWN_HOST',
        `The host ${JSON.stringify(target.host)} is not known.`,
        'Check the spelling, and whether the name needs a VPN or another network.',
        { cause: error },
      );
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
      return new EngineError(
        'UNKNOWN_HOST',
        `The name server gave no answer for the host ${JSON.stringify(target.host)}.`,
        'Check the network connection and the spelling of the host.',
        { cause: error },
      );
    case 'ECONNREFUSED':
      return new EngineError(
        'CONNECTION_REFUSED',
        `Nothing listens at ${address}.`,
        'Check the port, that the server runs, and its listen_addresses.',
        { cause: error },
      );
    case 'ENOENT':
      return new EngineError(
        'CONNECTION_REFUSED',
        `There is no PostgreSQL socket ${address}.`,
        'Check the directory and the port, and that the server runs on this machine.',
        { cause: error },
      );
    case 'EACCES':
      return new EngineError(
        'CONNECTION_REFUSED',
        `The system does not let this user open ${address}.`,
        'Check the permissions of the socket, or connect through host and port.',
        { cause: error },
      );
    case 'ETIMEDOUT':
      return timedOut(target);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return new EngineError(
        'CONNECTION_REFUSED',
        `There is no route to ${address}.`,
        'Check the network connection, the VPN and the address.',
        { cause: error },
      );
    default:
      return new EngineError(
        'CONNECTION_LOST',
        `The connection to ${address} broke while it was being made.`,
        'Try again; if it stays so, look at the log of the server or of what stands in between.',
        { cause: error },
      );
  }
}

export function timedOut(target: ConnectionTarget): EngineError {
  return new EngineError(
    'CONNECTION_TIMEOUT',
    `${describeAddress(target)} does not answer.`,
    'Check the host and the port, and whether a firewall or an address allow-list keeps this machine out.',
  );
}

/** `what` tells why, as far as it can be told. */
export function notPostgres(target: ConnectionTarget, what: string): EngineError {
  return new EngineError(
    'NOT_POSTGRESQL',
    `${describeAddress(target)} is not a PostgreSQL server: ${what}.`,
    'Check the host and the port; PostgreSQL usually listens at 5432.',
  );
}

export const CLOSED_AT_ONCE = 'it closes the connection at the first message';

/** The server (or a pooler in front of it) refused the login: by SQLSTATE, for its texts may be translated. */
export function fromLoginError(error: unknown, target: ConnectionTarget, isEncrypted: boolean): EngineError {
  if (error instanceof EngineError) return error;
  if (!(error instanceof DatabaseError) || error.code === undefined) return fromNetworkError(error, target);
  const role = JSON.stringify(target.user);
  const database = JSON.stringify(target.database);
  const said = quoteServer(error.message);
  const fail = (code: EngineError['code'], message: string, nextStep: string): EngineError =>
    new EngineError(code, message, nextStep, { cause: error, sqlState: error.code ?? '' });
  switch (error.code === '08P01' ? poolerState(error.message) : error.code) {
    case '28P01':
      return target.password === null
        ? fail('AUTH_FAILED', `The server asks for the password of role ${role}.`, 'Give the password.')
        : fail(
            'AUTH_FAILED',
            `The server refused the password of role ${role}.`,
            'Check user and password; in a URL, signs such as "@", "/" and "%" are written percent-encoded. An expired password is refused in the same way.',
          );
    case '28000':
      return fail(
        'AUTH_FAILED',
        `The server does not let role ${role} in: ${said}.`,
        isEncrypted
          ? 'Check that the role exists and may log in, and that pg_hba.conf has a line for it, this database and this address.'
          : 'Check that the role exists and may log in, and that pg_hba.conf has a line for it, this database and this address; it may ask for encryption (sslmode=require).',
      );
    case '3D000':
      return fail(
        'DATABASE_MISSING',
        `There is no database ${database} at ${describeAddress(target)}.`,
        'Check the name; the database "postgres" exists almost everywhere and can list the others.',
      );
    case '42501':
      return fail(
        'PERMISSION_DENIED',
        `Role ${role} may not connect to database ${database}.`,
        'Ask its owner for GRANT CONNECT ON DATABASE.',
      );
    case '55000':
      return fail(
        'PERMISSION_DENIED',
        `Database ${database} does not accept connections.`,
        'Choose another database; template0 never accepts any.',
      );
    case '53300':
      return fail(
        'TOO_MANY_CONNECTIONS',
        `All connections that role ${role} may use are taken.`,
        'Close unused connections, or raise max_connections or the limit of the role or database; PgVitals needs two.',
      );
    case '57P01':
    case '57P02':
    case '57P03':
      return fail(
        'SERVER_STARTING',
        `The server at ${describeAddress(target)} is starting, stopping or recovering.`,
        'Try again in a few seconds.',
      );
    case '0A000':
      return fail(
        'SERVER_TOO_OLD',
        `The server refused the protocol: ${said}.`,
        'PgVitals needs PostgreSQL 13 or newer.',
      );
    default:
      return fail(
        'CONNECTION_REFUSED',
        `The server refused the connection: ${said}.`,
        'Look up the message in the log of the server or of the pooler.',
      );
  }
}

/** The first statement can still fail as a login does: behind a pooler it is then that the server is asked. */
export function isLoginState(sqlState: string): boolean {
  return /^(08|28|3D|53)/.test(sqlState) || ['57P01', '57P02', '57P03'].includes(sqlState);
}

/** PgBouncer says everything under one SQLSTATE, but always in English. */
function poolerState(message: string): string {
  if (/authentication failed|no such user/i.test(message)) return '28P01';
  if (/no such database|database .* does not exist/is.test(message)) return '3D000';
  if (/no more connections/i.test(message)) return '53300';
  return '08P01';
}

/** One line, without the full stop, cut to a length that a dialog can show. */
export function quoteServer(message: string): string {
  const line = message.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return (line.length > 300 ? `${line.slice(0, 299)}…` : line).replace(/\.$/, '');
}

export function errorCode(error: unknown): string | null {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}
