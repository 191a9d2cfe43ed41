import type { Capabilities } from './capabilities.ts';

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Server-side limit for each statement of this transaction. Default 10,000 ms (reliability.md §4.1). */
  readonly statementTimeoutMs?: number;
  /** Default 500 ms (reliability.md §4.2). */
  readonly lockTimeoutMs?: number;
}

/** One row as an array, in the order of the select list: a third faster and smaller than objects. */
export type Row = readonly unknown[];

export interface ReadTransaction {
  /** Runs one SELECT. int8 and oid arrive as numbers, numeric as text, arrays as arrays, instants as text. */
  rows(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /**
   * Runs a text that somebody else wrote. The server itself refuses it where it is more than one statement, so that
   * nothing can end this transaction and go on outside.
   */
  foreign(sql: string): Promise<Row[]>;
}

/**
 * A connection that can only read: every call runs in a transaction of its own, opened with
 * `BEGIN READ ONLY; SET LOCAL …`, so that the settings hold behind a transaction pooler too, and a failure in one
 * family of facts leaves the others alone. Calls queue; one session is one backend.
 */
export interface ReadSession {
  /** As of the last look: when it was opened, or `look`. */
  readonly capabilities: Capabilities;
  /** The connection is gone: every further read rejects, mostly with CONNECTION_LOST. */
  readonly isLost: boolean;
  read<T>(
    label: string,
    work: (transaction: ReadTransaction) => Promise<T>,
    options?: ReadOptions,
  ): Promise<T>;
  /** Asks again what is allowed, where the last look is over a second old. Rejects as a read does, where the link is gone. */
  look(options?: Pick<ReadOptions, 'signal'>): Promise<void>;
  /** Nobody reads for now: it is closed when others wait for a connection of its server. */
  rest(): void;
  /** False where it was closed meanwhile, or is lost. */
  wake(): boolean;
  close(): Promise<void>;
}
