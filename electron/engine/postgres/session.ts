import { type Capabilities, probeCapabilities, readCapabilities } from './capabilities.ts';
import {
  DEFAULT_LOCK_TIMEOUT_MS,
  DEFAULT_STATEMENT_TIMEOUT_MS,
  beginReadOnly,
  comment,
} from './read-only.ts';
import { EngineError, throwIfAborted } from '../errors.ts';
import type { ReadOptions, ReadSession, ReadTransaction, Row } from './read-session.ts';
import type { ConnectionTarget } from './target.ts';
import type { OpenConnection } from './connection.ts';
import { cancelStatement } from './cancel.ts';
import { connectTarget } from './connect.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { raceAbort } from './abort.ts';
import { toReadError } from './read-errors.ts';

/**
 * Connects and probes what server, role and link allow. One backend, and a second one for moments only: while a
 * pooler is being told apart, and while a statement is cancelled. Throws what `connectTarget` throws, or CANCELLED.
 */
export async function openReadSession(
  target: ConnectionTarget,
  options: { readonly signal?: AbortSignal | undefined; readonly applicationName?: string } = {},
): Promise<ReadSession> {
  const { signal, applicationName = 'pgvitals/collector' } = options;
  const connection = await connectTarget(target, { signal, applicationName });
  try {
    return new Session(connection, await probeCapabilities(connection, { signal }));
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** How long a statement has to end after it was asked to, before its caller is let go without it. */
const CANCEL_GRACE_MS = 1_000;
/** After that the link is cut: the server ends the statement by itself when its time is up. */
const CANCEL_LIMIT_MS = 8_000;
/** Client-side limit on top of the server's: a link that is silent for so long is dead; within 15 s also on a busy machine. */
const WATCHDOG_MARGIN_MS = 4_500;

/** Pages that read at the same time look once. */
const LOOK_AGE_MS = 1_000;

class Session implements ReadSession {
  #capabilities: Capabilities;
  #lookedMs = performance.now();
  readonly #connection: OpenConnection;
  readonly #closing = new AbortController();
  #tail: Promise<void> = Promise.resolve();

  constructor(connection: OpenConnection, capabilities: Capabilities) {
    this.#connection = connection;
    this.#capabilities = capabilities;
  }

  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  get isLost(): boolean {
    return this.#connection.lost !== null;
  }

  async read<T>(
    label: string,
    work: (transaction: ReadTransaction) => Promise<T>,
    options: ReadOptions = {},
  ): Promise<T> {
    const { signal } = options;
    throwIfAborted(signal);
    this.#throwIfClosed();
    const stop = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
    let isRunning = false;
    const turn = this.#tail.then(async () => {
      if (stop.aborted) throw this.#stopReason(signal);
      this.#throwIfClosed();
      isRunning = true;
      return this.#transaction(label, work, options, stop);
    });
    this.#tail = turn.then(nothing, nothing);
    // Whoever waits in the queue leaves at once; a running statement gets a moment to end in good order.
    const letGo = new AbortController();
    const onStop = (): void => {
      const reason = this.#stopReason(signal);
      if (isRunning) void delay(CANCEL_GRACE_MS, undefined, { ref: false }).then(() => letGo.abort(reason));
      else letGo.abort(reason);
    };
    if (stop.aborted) onStop();
    else stop.addEventListener('abort', onStop, { once: true });
    try {
      return await raceAbort(turn, letGo.signal);
    } finally {
      stop.removeEventListener('abort', onStop);
    }
  }

  async look({ signal }: Pick<ReadOptions, 'signal'> = {}): Promise<void> {
    if (performance.now() - this.#lookedMs < LOOK_AGE_MS) return;
    const startedMs = performance.now();
    try {
      this.#capabilities = await this.read('probe', (t) => readCapabilities(t, this.#capabilities), {
        signal,
      });
      this.#lookedMs = startedMs;
    } catch (error) {
      // What was known before serves, unless nothing can be read any more.
      if (signal?.aborted || this.isLost) throw error;
    }
  }

  rest(): void {
    this.#connection.seat.rest(() => void this.close());
  }

  wake(): boolean {
    return !this.isLost && this.#connection.seat.wake();
  }

  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) this.#closing.abort();
    await this.#tail;
    await this.#connection.close();
  }

  async #transaction<T>(
    label: string,
    work: (transaction: ReadTransaction) => Promise<T>,
    options: ReadOptions,
    stop: AbortSignal,
  ): Promise<T> {
    const statementTimeoutMs = options.statementTimeoutMs ?? DEFAULT_STATEMENT_TIMEOUT_MS;
    const lockTimeoutMs = options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS;
    const watchdogMs = statementTimeoutMs + WATCHDOG_MARGIN_MS;
    let isOpen = true;
    const now: { running: Promise<unknown> | null; cancelling: Promise<void> | null } = {
      running: null,
      cancelling: null,
    };
    let backendPid = 0;
    const run = async (
      sql: string,
      values: readonly unknown[],
      how: { readonly isSingle?: boolean } = {},
    ): Promise<Row[][]> => {
      if (!isOpen) throw new TypeError('A read transaction was used after its end.');
      if (stop.aborted) throw this.#stopReason(options.signal);
      const startedMs = performance.now();
      const query = this.#connection.query(sql, values, watchdogMs, how);
      now.running = query;
      try {
        return await query;
      } catch (error) {
        if (stop.aborted) throw this.#stopReason(options.signal, error);
        const elapsedMs = performance.now() - startedMs;
        const { lost } = this.#connection;
        const failure = toReadError(error, { label, elapsedMs, statementTimeoutMs, lockTimeoutMs, lost });
        // A broken protocol leaves the socket open; nothing that it says from here on can be believed.
        if (failure.code === 'CONNECTION_LOST') this.#connection.destroy(failure);
        throw failure;
      } finally {
        if (now.running === query) now.running = null;
      }
    };
    const onStop = (): void => {
      if (now.running !== null && backendPid !== 0) now.cancelling = this.#cancel(backendPid, now.running);
    };
    stop.addEventListener('abort', onStop, { once: true });
    try {
      const [first] = await run(beginReadOnly(label, { statementTimeoutMs, lockTimeoutMs }), []);
      backendPid = Number(first?.[0]?.[0] ?? 0);
      return await work({
        rows: async (sql, values = []) => (await run(comment(label) + sql, values))[0] ?? [],
        foreign: async (sql) => (await run(comment(label) + sql, [], { isSingle: true }))[0] ?? [],
      });
    } finally {
      isOpen = false;
      stop.removeEventListener('abort', onStop);
      // A cancel request that is still under way must not hit the ROLLBACK.
      await now.cancelling;
      await this.#rollBack(label);
    }
  }

  /** Settles when the statement has ended, one way or another. */
  async #cancel(backendPid: number, running: Promise<unknown>): Promise<void> {
    const ended = running.then(nothing, nothing);
    const request = cancelStatement(this.#connection.facts, backendPid);
    const isOver = await Promise.race([
      Promise.all([ended, request]).then(() => true),
      delay(CANCEL_LIMIT_MS, false, { ref: false }),
    ]);
    if (isOver) return;
    this.#connection.destroy(
      new EngineError(
        'CONNECTION_LOST',
        'A statement could not be cancelled, so its connection was cut.',
        'Connect again.',
      ),
    );
  }

  async #rollBack(label: string): Promise<void> {
    if (this.#connection.lost !== null) return;
    try {
      await this.#connection.query(`${comment(label)}ROLLBACK`, [], WATCHDOG_MARGIN_MS);
    } catch (cause) {
      // Whatever state this backend is in, nothing more is read from it.
      this.#connection.destroy(
        new EngineError(
          'CONNECTION_LOST',
          'A read transaction could not be ended, so its connection was cut.',
          'Connect again.',
          { cause },
        ),
      );
    }
  }

  #stopReason(signal: AbortSignal | undefined, cause?: unknown): EngineError {
    if (signal?.aborted || !this.#closing.signal.aborted)
      return new EngineError('CANCELLED', 'Cancelled.', null, { cause });
    return closed(cause);
  }

  #throwIfClosed(): void {
    if (this.#closing.signal.aborted) throw closed(undefined);
    if (this.#connection.lost !== null) throw this.#connection.lost;
  }
}

function closed(cause: unknown): EngineError {
  return new EngineError('NOT_CONNECTED', 'This connection is closed.', 'Connect again.', { cause });
}

function nothing(): void {}
