import { ORPCError } from '@orpc/client';
import type { UserError } from '#shared/model/error-codes.ts';

/** Whatever a call rejected with, or what was made of it before, as something to show: one sentence and the next step. */
export function toUserError(error: unknown): UserError {
  if (error instanceof BackendGoneError) return error.userError;
  if (isUserError(error)) return error;
  if (error instanceof ORPCError) {
    if (isUserError(error.data)) return error.data;
    if (error.code === 'BAD_REQUEST')
      return plain('BAD_INPUT', 'The engine refused this input.', 'Check it and try again.');
  }
  return plain(
    'INTERNAL',
    'Something unexpected went wrong.',
    'Try again. If it stays, report it with its details.',
  );
}

/** An abort that we asked for is not an error. Over a port it does not arrive as an AbortError, so ask the signal. */
export function isAbort(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true || (error instanceof DOMException && error.name === 'AbortError');
}

/** The channel to the engine is closed: nothing will ever answer. */
export class BackendGoneError extends Error {
  readonly userError: UserError;

  constructor(message = 'The engine has stopped.', nextStep = 'Reload to start again.') {
    super(message);
    this.name = 'BackendGoneError';
    this.userError = plain('BACKEND_GONE', message, nextStep);
  }
}

function isUserError(data: unknown): data is UserError {
  return (
    typeof data === 'object' && data !== null && 'code' in data && 'message' in data && 'nextStep' in data
  );
}

function plain(code: UserError['code'], message: string, nextStep: string): UserError {
  return { code, message, nextStep, sqlState: null, logId: null };
}
