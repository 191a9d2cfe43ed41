import { DatabaseError } from 'pg';
import { EngineError } from '../errors.ts';
import { quoteServer } from './failures.ts';

/** What a failed statement means, by its SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
export function toReadError(
  error: unknown,
  context: {
    readonly label: string;
    readonly elapsedMs: number;
    readonly statementTimeoutMs: number;
    readonly lockTimeoutMs: number;
    /** Set when the connection is known to be gone. */
    readonly lost: EngineError | null;
  },
): EngineError {
  if (error instanceof EngineError) return error;
  const { label, elapsedMs, statementTimeoutMs, lockTimeoutMs, lost } = context;
  if (!(error instanceof DatabaseError) || error.code === undefined) {
    return (
      lost ??
      new EngineError('CONNECTION_LOST', 'The connection was lost.', 'Connect again.', { cause: error })
    );
  }
  const sqlState = error.code;
  const fail = (code: EngineError['code'], message: string, nextStep: string | null): EngineError =>
    new EngineError(code, message, nextStep, { cause: error, sqlState });
  const said = quoteServer(error.message);
  if (ENDS_SESSION.has(sqlState) || sqlState.startsWith('08')) {
    return fail(
      'CONNECTION_LOST',
      `The server ended the connection: ${said}.`,
      'Connect again; the log of the server may say who ended it.',
    );
  }
  switch (sqlState) {
    case '57014':
      // The text may be translated and the state is the same for both: only the clock tells them apart.
      return elapsedMs >= statementTimeoutMs * 0.9
        ? fail(
            'STATEMENT_TIMEOUT',
            `Reading ${label} took longer than ${statementTimeoutMs} ms and was ended.`,
            'Try again when the server is less busy.',
          )
        : fail(
            'QUERY_FAILED',
            `Reading ${label} was ended by somebody on the server.`,
            'Try again, or ask who cancels statements there.',
          );
    case '55P03':
      return fail(
        'LOCK_TIMEOUT',
        `Reading ${label} waited longer than ${lockTimeoutMs} ms for a lock.`,
        'Try again when the change that holds the lock is over.',
      );
    case '42501':
      return fail('PERMISSION_DENIED', `Reading ${label} is not permitted: ${said}.`, null);
    default:
      return fail('QUERY_FAILED', `Reading ${label} failed: ${said}.`, null);
  }
}

/** The server says these and hangs up: shutdown, crash, idle and transaction limits of a DBA, database dropped. */
const ENDS_SESSION = new Set(['57P01', '57P02', '57P03', '57P04', '57P05', '25P03', '25P04']);
