import type { ReadingObject } from './facts-views.ts';
import type { Fix } from './finding.ts';

export interface MatviewsOverview {
  readonly figures: {
    readonly views: number;
    readonly withoutData: number;
    /** Those that can be refreshed while they are read. */
    readonly concurrently: number;
    /** With their indexes and TOAST. */
    readonly bytes: number;
    readonly neverRead: number;
  };
  readonly views: readonly MatviewRow[];
  /** Names that should be there by the user's list and are not. */
  readonly missing: readonly string[];
  /** The user's list; empty where none was made. */
  readonly expected: readonly string[];
  readonly records: RefreshRecords;
}

/**
 * Where refreshes are recorded, which PostgreSQL itself does not do: by pg_cron in this database; by pg_cron, but in
 * another one; by pg_cron, but this role cannot read them (`unread` says why); nowhere.
 */
export type RefreshRecords =
  | { readonly by: 'pg_cron' }
  | { readonly by: 'pg_cron elsewhere'; readonly database: string }
  | { readonly by: 'unreadable' }
  | { readonly by: 'nothing' };

export interface MatviewRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly isPopulated: boolean;
  /** Of the view and its TOAST, without indexes. */
  readonly sizeBytes: number;
  /** Of its indexes. */
  readonly indexBytes: number;
  /** As of the last ANALYZE; null = never analysed. */
  readonly estimatedRows: number | null;
  /** The unique index that CONCURRENTLY would use. */
  readonly key: string | null;
  /** "yes", or why not. */
  readonly concurrent: string;
  readonly scans: number;
  /** Views, matviews and functions that read it, directly or not. */
  readonly dependants: number;
  /** 1 = reads no other matview; refresh lower ones first. */
  readonly refreshLevel: number;
  /** Who recorded the last refresh: pg_cron, or our own journal. Null = nobody. */
  readonly lastRefreshBy: 'pg_cron' | 'PgVitals' | null;
  /** Null = unknown. */
  readonly lastRefreshAt: string | null;
  readonly lastRefreshMs: number | null;
  /** `lastRefreshMs` is the time of a command that does more than this refresh: at most so long. */
  readonly isLastRefreshOfMore: boolean;
  /** Set where the latest attempt failed. */
  readonly failure: RefreshFailure | null;
  /** Schedules of active jobs that refresh it, in cron's notation. */
  readonly schedules: readonly string[];
  readonly isExpected: boolean;
}

export interface RefreshFailure {
  readonly at: string | null;
  readonly message: string;
}

/** Something around a view, and over how many steps it is reached. */
export interface Neighbour extends ReadingObject {
  readonly steps: number;
}

export interface MatviewDetail {
  /** Null while one of its tables is locked. */
  readonly definition: string | null;
  /** Views, matviews and functions that read this one, whatever lies between; nearest first. */
  readonly dependants: readonly Neighbour[];
  /** What it reads, down to tables; nearest first. */
  readonly reads: readonly Neighbour[];
  /** With the matviews below and above it: the order in which a refresh of all of them brings them up to date. */
  readonly refreshOrder: readonly { readonly oid: number; readonly label: string; readonly sql: string }[];
  readonly fixes: readonly Fix[];
}
