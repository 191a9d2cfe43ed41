import type { FactName, Facts } from '#shared/model/facts.ts';
import type { Unread } from '#shared/model/snapshot.ts';
import type { Capabilities } from '#engine/postgres/capabilities.ts';
import type { ReadSession, ReadTransaction } from '#engine/postgres/read-session.ts';
import type { CatalogNames } from './catalog-names.ts';

/** What a family gives: facts, and what it could not read of them. */
export interface FamilyResult {
  readonly facts: Partial<Facts>;
  readonly unread?: readonly Unread[];
}

/** One catalog family: the facts it owns and how they are read. */
export interface Family {
  readonly facts: readonly FactName[];
  /** What it reads, as users call it: "indexes". */
  readonly label: string;
  /** Facts that it builds on; they are read too, even where nobody asked for them. */
  readonly needs?: readonly FactName[];
  /** Read where a page asks for it; an audit does without. */
  readonly isForPagesOnly?: true;
  /** A later family completes its facts. */
  readonly isDraft?: true;
}

/** Hears how far things are. */
export interface Reporter {
  begin(family: Family): void;
  done(family: Family): void;
}

/** A family without surprises: it shares its transaction with others, which saves round trips. */
export interface SharedFamily extends Family {
  /**
   * Runs the SQL and returns the mapping, which the collector runs while the server works on the next family. Queries
   * must not block or fail in normal life: a failure costs the others a new transaction.
   */
  read(transaction: ReadTransaction, context: CollectContext): Promise<() => MaybePromise<FamilyResult>>;
  /** `read` already looks at facts, and waits for those before it; other families look at them in their mapping only. */
  readonly readsFacts?: true;
  /** The SQL that would let this role read it; null where none would. Only asked after "permission denied". */
  grant?(context: CollectContext): string | null;
}

/** A family that opens its own transactions, because it may wait for locks, fail, or take long. */
export interface OwnFamily extends Family {
  /** Rejects like a `read` does; what was put into the context by then counts. */
  run(context: CollectContext): Promise<FamilyResult>;
  /** Computes here for a while after its SQL is done: the families behind it need not wait. */
  readonly isBackground?: true;
  grant?(context: CollectContext): string | null;
}

export type MaybePromise<T> = T | Promise<T>;
/** Facts are frozen by type; while they are being read they are not. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What families know when they run. */
export interface CollectContext {
  readonly session: ReadSession;
  readonly capabilities: Capabilities;
  readonly signal: AbortSignal | undefined;
  readonly names: CatalogNames;
  /** Relations under ACCESS EXCLUSIVE, by table: deparse and size functions would wait for them. Grows. */
  readonly lockedTables: Set<number>;
  /** What has been read so far, and what could not be. */
  readonly facts: Writable<Partial<Facts>>;
  readonly unread: Unread[];
  /** Indexes that only the server's own text defines: expressions, a predicate or operator class parameters. */
  readonly indexesToDeparse: Set<number>;
  /** What the column pass saw and other families need; null until, or unless, it has run. */
  columnTraits: ColumnTraits | null;
  /** Tables with an ACL of their own; null until, or unless, tables have been read. */
  tablesWithAcl: readonly number[] | null;
}

/** Rare properties of columns, found in the one pass over pg_attribute. */
export interface ColumnTraits {
  /** Position of a table's first column in `facts.columns`, and how many it has. */
  readonly ranges: ReadonlyMap<number, { readonly start: number; readonly count: number }>;
  /** Table → column → collation, where it is neither none nor the database's default. */
  readonly collations: ReadonlyMap<number, ReadonlyMap<number, number>>;
  /** Tables with privileges on single columns. */
  readonly withColumnAcl: readonly number[];
}
