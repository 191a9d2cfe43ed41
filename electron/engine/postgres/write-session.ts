import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { EngineError, throwIfAborted } from '../errors.ts';
import { cancelStatement } from './cancel.ts';
import { type Capabilities, probeCapabilities } from './capabilities.ts';
import { connectTarget } from './connect.ts';
import type { OpenConnection } from './connection.ts';
import { quoteServer } from './failures.ts';
import { directConnection } from './direct-connection.ts';
import { comment } from './read-only.ts';
import type { Row } from './read-session.ts';
import { describeAddress, type ConnectionTarget } from './target.ts';

/** How long a statement may take; 0 = no limit (reliability.md §4.3). */
export interface StatementLimits {
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** Text of others runs in it (matviews, constraints, index expressions), which may rely on the role's own path. */
  readonly usesOwnSearchPath?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The one connection that can change a database: a plan is executed on it, one statement per call. Named
 * `pgvitals/maint:<job>`, so that a DBA sees it and a later start finds it. Calls must not overlap.
 */
export interface WriteSession {
  readonly capabilities: Capabilities;
  readonly backendPid: number;
  readonly jobId: string;
  readonly isLost: boolean;
  /** The server itself refuses a text of two statements. Rejects with an EngineError that has the SQLSTATE. */
  run(sql: string, limits: StatementLimits): Promise<Row[]>;
  /** Ends a transaction that failed: in one, nothing else is taken. */
  rollBack(): Promise<void>;
  /** Reads what is true on this connection; the search path is empty. */
  rows(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/**
 * Connects for one job. Throws what `connectTarget` throws, NEEDS_DIRECT_CONNECTION behind a pooler in transaction
 * mode, where settings and locks of a session do not hold, and PLAN_REFUSED on a standby.
 */
export async function openWriteSession(
  target: ConnectionTarget,
  options: {
    readonly jobId: string;
    /** `snapshot` only reads and may wait in its transaction for as long as a dump takes; a standby will do. */
    readonly purpose?: 'maintenance' | 'snapshot';
    readonly signal?: AbortSignal | undefined;
  },
): Promise<WriteSession> {
  const { jobId, purpose = 'maintenance', signal } = options;
  const connection = await connectTarget(target, {
    signal,
    jobId,
    applicationName: purpose === 'snapshot' ? `pgvitals/snapshot:${jobId}` : maintenanceName(jobId),
  });
  try {
    const capabilities = await probeCapabilities(connection, { signal });
    if (capabilities.isPooled) {
      throw new EngineError(
        'NEEDS_DIRECT_CONNECTION',
        `${describeAddress(target)} is a pooler in transaction mode: changes and backups need a connection of their own.`,
        directConnection(capabilities.provider, target),
      );
    }
    if (capabilities.isStandby && purpose === 'maintenance') {
      throw new EngineError(
        'PLAN_REFUSED',
        'This server is a standby: it takes no changes.',
        'Connect to the primary and make the change there.',
      );
    }
    const idleMs = purpose === 'snapshot' ? 0 : IDLE_IN_TRANSACTION_MS;
    await connection.query(
      `${SESSION_SETTINGS}; SET idle_in_transaction_session_timeout = ${idleMs}`,
      [],
      READ_TIMEOUT_MS + WATCHDOG_MARGIN_MS,
    );
    const [[row = []] = []] = await connection.query(
      'SELECT pg_catalog.pg_backend_pid()',
      [],
      READ_TIMEOUT_MS,
    );
    return new Session(connection, capabilities, Number(row[0]), jobId);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** As it stands in pg_stat_activity; ids are hexadecimal, so it stays within 63 bytes. */
export function maintenanceName(jobId: string): string {
  return `pgvitals/maint:${jobId}`;
}

const READ_TIMEOUT_MS = 10_000;
const WATCHDOG_MARGIN_MS = 4_500;
/** Longest delay of a timer: 24.8 days. A statement without limit has no watchdog; TCP keep-alive finds a dead peer. */
const NO_WATCHDOG_MS = 2_147_483_647;
const CANCEL_LIMIT_MS = 8_000;

const SESSION_SETTINGS = [
  `SET search_path = ''`,
  `SET client_encoding = 'UTF8'`,
  `SET DateStyle = 'ISO'`,
  `SET TimeZone = 'UTC'`,
  `SET standard_conforming_strings = on`,
  `SET quote_all_identifiers = off`,
].join('; ');
const IDLE_IN_TRANSACTION_MS = 15_000;

class Session implements WriteSession {
  readonly capabilities: Capabilities;
  readonly backendPid: number;
  readonly jobId: string;
  readonly #connection: OpenConnection;
  readonly #label: string;
  #settings: string | null = null;

  constructor(connection: OpenConnection, capabilities: Capabilities, backendPid: number, jobId: string) {
    this.#connection = connection;
    this.capabilities = capabilities;
    this.backendPid = backendPid;
    this.jobId = jobId;
    this.#label = `maint:${jobId}`;
  }

  get isLost(): boolean {
    return this.#connection.lost !== null;
  }

  async run(sql: string, limits: StatementLimits): Promise<Row[]> {
    const { lockTimeoutMs, statementTimeoutMs, usesOwnSearchPath = false, signal } = limits;
    throwIfAborted(signal);
    const settings = [
      `SET lock_timeout = ${Math.round(lockTimeoutMs)}`,
      `SET statement_timeout = ${Math.round(statementTimeoutMs)}`,
      `SET search_path ${usesOwnSearchPath ? 'TO DEFAULT' : `= ''`}`,
    ];
    await this.#set(settings.join('; '));
    throwIfAborted(signal);
    const startedMs = performance.now();
    const watchdogMs = statementTimeoutMs === 0 ? NO_WATCHDOG_MS : statementTimeoutMs + WATCHDOG_MARGIN_MS;
    const running = this.#connection.query(`${comment(this.#label)}${sql}`, [], watchdogMs, {
      isSingle: true,
    });
    const now: { cancelling: Promise<void> | null } = { cancelling: null };
    const onAbort = (): void => {
      now.cancelling = this.#cancel(running);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const [rows = []] = await running;
      return rows;
    } catch (error) {
      this.#settings = null;
      throw toWriteError(error, {
        ...limits,
        elapsedMs: performance.now() - startedMs,
        lost: this.#connection.lost,
        isCancelled: signal?.aborted === true,
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
      // A cancel request under way must not hit what comes next.
      await now.cancelling;
    }
  }

  async rollBack(): Promise<void> {
    this.#settings = null;
    await this.#ask('ROLLBACK', READ_TIMEOUT_MS);
  }

  async rows(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    await this.#set(
      `SET lock_timeout = 500; SET statement_timeout = ${READ_TIMEOUT_MS}; SET search_path = ''`,
    );
    return (await this.#ask(sql, READ_TIMEOUT_MS, values))[0] ?? [];
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Once is enough: a plan of a thousand statements through a far tunnel is made of round trips. */
  async #set(settings: string): Promise<void> {
    if (settings === this.#settings) return;
    // Unknown until the server has said yes; a ROLLBACK would take it back, too.
    this.#settings = null;
    await this.#ask(settings, READ_TIMEOUT_MS);
    this.#settings = settings;
  }

  async #ask(sql: string, timeoutMs: number, values: readonly unknown[] = []): Promise<Row[][]> {
    try {
      return await this.#connection.query(
        `${comment(this.#label)}${sql}`,
        values,
        timeoutMs + WATCHDOG_MARGIN_MS,
      );
    } catch (error) {
      const { lost } = this.#connection;
      const limits = { lockTimeoutMs: 500, statementTimeoutMs: timeoutMs };
      throw toWriteError(error, { ...limits, elapsedMs: 0, lost, isCancelled: false });
    }
  }

  /** Settles when the statement has ended; cuts the link where the server does not end it. */
  async #cancel(running: Promise<unknown>): Promise<void> {
    const ended = running.then(
      () => true,
      () => true,
    );
    const request = cancelStatement(this.#connection.facts, this.backendPid);
    const isOver = await Promise.race([
      Promise.all([ended, request]).then(() => true),
      delay(CANCEL_LIMIT_MS, false, { ref: false }),
    ]);
    if (!isOver)
      this.#connection.destroy(
        new EngineError('CONNECTION_LOST', 'A statement could not be cancelled, so its connection was cut.'),
      );
  }
}

interface WriteErrorContext extends StatementLimits {
  readonly elapsedMs: number;
  readonly lost: EngineError | null;
  readonly isCancelled: boolean;
}

/** What a failed change means, by its SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
function toWriteError(error: unknown, context: WriteErrorContext): EngineError {
  if (error instanceof EngineError) return error;
  const { lockTimeoutMs, statementTimeoutMs, elapsedMs, lost, isCancelled } = context;
  if (!(error instanceof DatabaseError) || error.code === undefined)
    return lost ?? new EngineError('CONNECTION_LOST', 'The connection was lost.', null, { cause: error });
  const sqlState = error.code;
  const fail = (code: EngineError['code'], message: string, nextStep: string | null): EngineError =>
    new EngineError(code, message, nextStep, { cause: error, sqlState });
  const said = [error.message, error.detail]
    .filter(Boolean)
    .map((text) => quoteServer(text ?? ''))
    .join('. ');
  if (/^(57P0[1-5]|25P0[34]|08)/.test(sqlState))
    return fail(
      'CONNECTION_LOST',
      `The server ended the connection: ${said}.`,
      'What is true now is read from the catalog.',
    );
  switch (sqlState) {
    case '57014':
      if (isCancelled) return new EngineError('CANCELLED', 'Cancelled.', null, { cause: error, sqlState });
      return statementTimeoutMs > 0 && elapsedMs >= statementTimeoutMs * 0.9
        ? fail(
            'STATEMENT_TIMEOUT',
            `It took longer than ${statementTimeoutMs} ms and was ended.`,
            'Try again when the server is less busy.',
          )
        : fail(
            'QUERY_FAILED',
            'Somebody on the server cancelled it.',
            'Ask who cancels statements there, or try again.',
          );
    case '55P03':
      return fail(
        'LOCK_TIMEOUT',
        `The lock was not free within ${lockTimeoutMs} ms.`,
        'Try again when the transactions that hold it are over.',
      );
    case '42501':
      return fail(
        'PERMISSION_DENIED',
        `The server does not permit it: ${said}.`,
        'Connect as the owner of the object, or as a role that may do it.',
      );
    default:
      return fail('QUERY_FAILED', `The server refused it: ${said}.`, null);
  }
}
