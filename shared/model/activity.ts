import type { PreparedTransaction } from './facts.ts';
import type { Fix } from './finding.ts';
import type { ProgressRow } from './progress.ts';

export interface ActivityOverview {
  readonly connections: {
    /** Clients of all databases, our own left out. */
    readonly total: number;
    readonly byState: readonly { readonly state: string; readonly count: number }[];
    /** Null where the settings are not readable. */
    readonly max: number | null;
    /** What is left of `max` for ordinary roles: clients are counted against it. */
    readonly usable: number | null;
    /** Kept for superusers and for pg_use_reserved_connections. */
    readonly reserved: number | null;
    readonly own: number;
  };
  /** Longest transaction first; at most `MOST_SESSIONS`. */
  readonly sessions: readonly SessionRow[];
  /** Of how many. */
  readonly sessionCount: number;
  readonly trees: readonly BlockingRow[];
  readonly longTransactions: number;
  readonly idleInTransaction: number;
  readonly prepared: readonly PreparedTransaction[];
  readonly progress: readonly ProgressRow[];
}

/** Transactions older than this are called long. */
export const LONG_TRANSACTION_MS = 60_000;
export const MOST_SESSIONS = 1_000;

export interface SessionRow {
  readonly pid: number;
  readonly backendStartedAt: string;
  readonly role: string | null;
  readonly database: string | null;
  readonly application: string;
  readonly client: string | null;
  readonly type: string | null;
  readonly state: string | null;
  /** "Lock: transactionid"; null = does not wait. */
  readonly wait: string | null;
  readonly xactAgeMs: number | null;
  readonly queryAgeMs: number | null;
  readonly stateAgeMs: number | null;
  readonly query: string | null;
  readonly isOwn: boolean;
  readonly isClient: boolean;
  readonly blockedBy: readonly number[];
}

/** A line of the blocking tree, roots first, each followed by those who wait for it. */
export interface BlockingRow {
  readonly id: string;
  readonly depth: number;
  readonly pid: number;
  readonly backendStartedAt: string | null;
  readonly who: string;
  readonly state: string | null;
  readonly waitMs: number | null;
  readonly lockMode: string | null;
  readonly relation: string | null;
  /** Sessions that wait for it, directly or not. */
  readonly waiters: number;
  readonly query: string | null;
}

/** What can be done about one session or prepared transaction. */
export interface SessionFixes {
  readonly fixes: readonly Fix[];
}
