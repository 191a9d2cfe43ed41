import { randomUUID } from 'node:crypto';
import { ORPCError, os } from '@orpc/server';
import { EngineError, isAbort, toUserError } from '#engine/errors.ts';
import type { Engine } from '#engine/engine.ts';
import type { UserError } from '#shared/model/error-codes.ts';

/**
 * Turns whatever a procedure throws into the one declared error of the contract, on every link alike. The transports
 * hide unexpected messages by themselves, the in-process client does not: it would hand a password in an error text on.
 */
export const reportErrors = os
  .$context<{ readonly engine: Engine }>()
  .middleware(async ({ context, next, path, signal }) => {
    const report = (error: unknown) => asDeclaredError(error, { context, path, signal });
    try {
      const result = await next();
      return {
        ...result,
        output: isAsyncIterable(result.output) ? stream(result.output, report) : result.output,
      };
    } catch (error) {
      throw report(error);
    }
  });

interface Call {
  readonly context: { readonly engine: Engine };
  readonly path: readonly string[];
  readonly signal: AbortSignal | undefined;
}

function asDeclaredError(error: unknown, call: Call): ORPCError<'USER_ERROR', UserError> {
  // A stream that is aborted fails in several ways depending on where it waits; the caller asked for it either way.
  const cause =
    call.signal?.aborted === true && !isAbort(error) ? new EngineError('CANCELLED', 'Cancelled.') : error;
  const data = toUserError(asBadInput(cause) ?? cause, (unexpected) => {
    const logId = randomUUID().slice(0, 8);
    call.context.engine.host.log('error', `${logId} ${call.path.join('.')}: ${describe(unexpected)}`);
    return logId;
  });
  return new ORPCError('USER_ERROR', { message: data.message, data });
}

/** oRPC reports input that does not fit the contract's schema as BAD_REQUEST, with the issues of the schema. */
function asBadInput(error: unknown): EngineError | null {
  if (!(error instanceof ORPCError) || error.code !== 'BAD_REQUEST') return null;
  const fields = issuePaths(error.data);
  const where = fields.length === 0 ? '' : ` Look at: ${fields.join(', ')}.`;
  return new EngineError('BAD_INPUT', `This input cannot be used.${where}`, 'Correct it and try again.');
}

/** Names of the fields only: the values may be passwords. */
function issuePaths(data: unknown): readonly string[] {
  const issues = isRecord(data) && Array.isArray(data['issues']) ? data['issues'] : [];
  const paths = issues.map((issue: unknown) =>
    isRecord(issue) && Array.isArray(issue['path']) ? issue['path'].join('.') : '',
  );
  return [...new Set(paths.filter((path) => path !== ''))];
}

async function* stream(source: AsyncIterable<unknown>, report: (error: unknown) => unknown) {
  try {
    yield* source;
  } catch (error) {
    throw report(error);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return isRecord(value) && Symbol.asyncIterator in value;
}

function isRecord(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}
