import type { ErrorCode, SshHostKey, UserError } from '#shared/model/error-codes.ts';

/** An expected failure: a stable code, one sentence for the user and what to do next. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: ErrorCode;
  readonly nextStep: string | null;
  readonly sqlState: string | null;
  /** Of SSH_HOST_UNKNOWN: what the user is to compare and trust. */
  readonly sshHostKey: SshHostKey | null;

  constructor(
    code: ErrorCode,
    message: string,
    nextStep: string | null = null,
    options: { cause?: unknown; sqlState?: string; sshHostKey?: SshHostKey } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.nextStep = nextStep;
    this.sqlState = options.sqlState ?? null;
    this.sshHostKey = options.sshHostKey ?? null;
  }
}

/** The form that may leave the process: the cause stays behind. */
export function toUserError(error: unknown, log: (error: unknown) => string): UserError {
  if (error instanceof EngineError) {
    return {
      code: error.code,
      message: error.message,
      nextStep: error.nextStep,
      sqlState: error.sqlState,
      logId: null,
      ...(error.sshHostKey === null ? {} : { sshHostKey: error.sshHostKey }),
    };
  }
  if (isAbort(error))
    return { code: 'CANCELLED', message: 'Cancelled.', nextStep: null, sqlState: null, logId: null };
  const logId = log(error);
  return {
    code: 'INTERNAL',
    message: 'PgVitals met an error it did not expect.',
    nextStep: `Look for ${logId} in the log, and report it with what you did.`,
    sqlState: null,
    logId,
  };
}

export function isAbort(error: unknown): boolean {
  return (
    (error instanceof Error && error.name === 'AbortError') ||
    (error instanceof EngineError && error.code === 'CANCELLED')
  );
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EngineError('CANCELLED', 'Cancelled.');
}
