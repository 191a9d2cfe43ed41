import { type ConnectionTarget, describeAddress } from './target.ts';
import type { Client, QueryArrayResult } from 'pg';
import { EngineError } from '../errors.ts';
import type { Row } from './read-session.ts';
import type { Seat } from './server-room.ts';
import type { Socket } from 'node:net';
import type { TlsFacts } from './tls.ts';

export interface ConnectionFacts {
  readonly target: ConnectionTarget;
  readonly tls: TlsFacts | null;
  readonly serverParameters: ReadonlyMap<string, string>;
  readonly announcedPid: number;
  readonly cancelKey: number;
  /** For example 150018. */
  readonly versionNum: number;
  /** What the user should know, though it stops nothing: one sentence each. */
  readonly notices: readonly string[];
}

/** One open connection, on a seat of its server. Its queries fail with what the server says (`pg.DatabaseError`) or with an `EngineError`. */
export class OpenConnection {
  readonly facts: ConnectionFacts;
  readonly seat: Seat;
  readonly #client: Client;
  readonly #socket: Socket;
  #lost: EngineError | null = null;
  #isClosing = false;

  constructor(client: Client, socket: Socket, { facts, seat }: { facts: ConnectionFacts; seat: Seat }) {
    this.#client = client;
    this.#socket = socket;
    this.facts = facts;
    this.seat = seat;
    socket.once('close', () => seat.release({ isSeenOff: socket.readableEnded }));
    // Both come when a server dies: either is enough, and an unheard 'error' would end the process.
    client.on('error', (error) => this.#lose(error));
    client.on('end', () => this.#lose(null));
  }

  /** Why the connection is gone; null while it stands. */
  get lost(): EngineError | null {
    return this.#lost;
  }

  /**
   * Runs one statement, or several without values; one list of rows for each that returns some. When nothing has come
   * after `watchdogMs` the link is taken for dead and cut: the server's own time limit should have spoken long before.
   */
  async query(
    text: string,
    values: readonly unknown[],
    watchdogMs: number,
    options: { readonly isSingle?: boolean } = {},
  ): Promise<Row[][]> {
    if (this.#lost !== null) throw this.#lost;
    const watchdog = setTimeout(() => this.destroy(this.#deadLink()), watchdogMs);
    try {
      const results: QueryArrayResult<unknown[]> | QueryArrayResult<unknown[]>[] = await this.#client.query<
        unknown[]
      >({
        text,
        values: [...values],
        rowMode: 'array',
        // The extended protocol takes one statement at a time; the simple one takes what it gets.
        ...(options.isSingle ? { queryMode: 'extended' } : {}),
      });
      return (Array.isArray(results) ? results : [results])
        .filter(({ fields }) => fields.length > 0)
        .map(({ rows }) => rows);
    } catch (error) {
      throw this.#lost === null ? error : await this.#explained(this.#lost);
    } finally {
      clearTimeout(watchdog);
    }
  }

  /** Cuts the connection at once; running queries reject with `reason`. */
  destroy(reason: EngineError): void {
    this.#lost ??= reason;
    this.#socket.destroy(reason);
  }

  /** Says goodbye to the server. Safe to call twice, and on a connection that is gone. */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    if (this.#lost !== null) {
      // Where the protocol broke it is open still, and would keep its seat.
      this.#socket.destroy();
      return;
    }
    const impatience = setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT_MS);
    try {
      await this.#client.end();
    } catch {
      this.#socket.destroy();
    } finally {
      clearTimeout(impatience);
    }
  }

  /** A tunnel that broke looks like any other end; ssh says more, a moment later. */
  async #explained(lost: EngineError): Promise<EngineError> {
    const { route } = this.facts.target;
    if (route !== null && lost.code === 'CONNECTION_LOST') this.#lost = await route.explain(lost);
    return this.#lost ?? lost;
  }

  #lose(cause: unknown): void {
    this.#lost ??= this.#isClosing
      ? new EngineError('NOT_CONNECTED', 'This connection is closed.', 'Connect again.')
      : new EngineError(
          'CONNECTION_LOST',
          `The connection to ${describeAddress(this.facts.target)} was lost.`,
          'Connect again; the log of the server may say why it ended.',
          { cause },
        );
    void this.#explained(this.#lost);
  }

  #deadLink(): EngineError {
    return new EngineError(
      'CONNECTION_LOST',
      `${describeAddress(this.facts.target)} no longer answers.`,
      'Check the network and the server, then connect again.',
    );
  }
}

const CLOSE_TIMEOUT_MS = 2_000;
