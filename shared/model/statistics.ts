import type { IoFact } from './facts.ts';
import type { HistoryPoint } from './history.ts';

export interface StatisticsOverview {
  readonly figures: {
    /** Null where this role may not ask. */
    readonly databaseBytes: number | null;
    readonly tables: number;
    readonly indexes: number;
    readonly tableBytes: number;
    readonly indexBytes: number;
    readonly toastBytes: number;
  };
  readonly databases: readonly DatabaseRow[];
  readonly categories: readonly CategoryRow[];
  /** The user's own; null = worked out from schemas and names. */
  readonly definedCategories: readonly CategoryDefinition[] | null;
  readonly indexCounts: readonly { readonly indexes: number; readonly tables: number }[];
  /** This database between the last two readings; null before the second, or after a reset. */
  readonly databaseDelta: DatabaseDelta | null;
  /** The whole server, likewise. */
  readonly serverDelta: ServerDelta | null;
  /** Since `ioResetAt`; null where it cannot be read, and then `ioHidden` says why. */
  readonly io: readonly IoRow[] | null;
  readonly ioResetAt: string | null;
  readonly ioHidden: string | null;
  /** Clients of all databases, our own left out. */
  readonly connections: {
    readonly total: number;
    readonly byState: readonly { readonly state: string; readonly count: number }[];
    readonly byDatabase: readonly { readonly name: string; readonly count: number }[];
    readonly max: number | null;
    /** What is left of `max` for ordinary roles: clients are counted against it. */
    readonly usable: number | null;
    /** Of `max`, those that ordinary roles cannot have. */
    readonly reserved: number | null;
  };
}

/** One kind of process, since the counters began, and between the last two readings. */
export interface IoRow extends IoFact {
  /** Null before the second reading, and after a reset. */
  readonly lately: {
    readonly readBytesPerSecond: number;
    readonly writtenBytesPerSecond: number;
    readonly hitsPerSecond: number;
  } | null;
}

export interface DatabaseRow {
  readonly oid: number;
  readonly name: string;
  readonly sizeBytes: number | null;
  readonly isOwn: boolean;
  /** By the samples of the last 30 days, `since` the first of them; null where there is none yet. */
  readonly growth: { readonly bytes: number; readonly since: string } | null;
  readonly transactions: number;
  readonly rolledBackPercent: number | null;
  readonly deadlocks: number;
  readonly tempBytes: number;
}

export interface CategoryDefinition {
  readonly name: string;
  /** Names with * for anything, `schema.` in front where it is not public. */
  readonly patterns: readonly string[];
}

export interface CategoryRow {
  readonly name: string;
  readonly tables: number;
  readonly bytes: number;
  readonly rows: number;
  /** Sorted; the first of them where there are many. */
  readonly names: readonly string[];
}

/** What a database did in a stretch of time, from cumulative counters. */
export interface DatabaseDelta {
  readonly seconds: number;
  /** Null where no block was asked for. */
  readonly hitPercent: number | null;
  readonly blocksReadPerSecond: number;
  readonly transactionsPerSecond: number;
  readonly tempBytes: number;
}

/** What the server did; its counters may be read at other times than those of the database. */
export interface ServerDelta {
  readonly seconds: number;
  /** How WAL got to the disk; times are null while track_wal_io_timing is off. */
  readonly walWrites: {
    readonly writes: number;
    readonly syncs: number;
    readonly writeMs: number | null;
    readonly syncMs: number | null;
  } | null;
  /** Null after a reset, or where this role may not read it. */
  readonly wal: { readonly bytesPerSecond: number; readonly fullPageImages: number } | null;
  /** Null after a reset. */
  readonly checkpoints: {
    readonly timed: number;
    readonly requested: number;
    readonly buffersWritten: number;
  } | null;
}

export interface RelationRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly rows: number | null;
  readonly heapBytes: number;
  readonly indexBytes: number;
  readonly toastBytes: number;
  readonly totalBytes: number;
  readonly indexes: number;
  readonly seqScans: number;
  readonly indexScans: number;
  readonly writes: number;
  readonly hotPercent: number | null;
  readonly category: string;
}

/** One relation: what it holds, how it is used, and how it grew. */
export interface RelationDetail {
  readonly row: RelationRow;
  readonly owner: string;
  readonly comment: string | null;
  readonly isUnlogged: boolean;
  /** Storage parameters as they stand in the catalog. */
  readonly options: Readonly<Record<string, string>>;
  /** Counted since the statistics of the database were last reset. */
  readonly use: {
    readonly seqRowsRead: number;
    readonly inserted: number;
    readonly updated: number;
    readonly deleted: number;
    /** 16+; null before, and where none was counted. */
    readonly lastSeqScanAt: string | null;
    readonly lastIndexScanAt: string | null;
  };
  /** By hand or by autovacuum, whichever was later. */
  readonly lastAnalyzeAt: string | null;
  readonly columns: readonly RelationColumn[];
  /** Why columns have no estimates; null where some have. */
  readonly noEstimates: string | null;
  /** Largest first. */
  readonly indexes: readonly RelationIndex[];
  /** Of the main fork in bytes, by the samples of the last 30 days. */
  readonly growth: readonly HistoryPoint[];
}

export interface RelationColumn {
  readonly name: string;
  /** format_type() with its modifier. */
  readonly type: string;
  readonly isNullable: boolean;
  /** pg_stats, as of the last ANALYZE; null where there is none or this role may not see it. */
  readonly estimate: {
    readonly nullPercent: number;
    readonly averageWidthBytes: number;
    /** Null where the number of rows is unknown. */
    readonly distinctValues: number | null;
    /** n_distinct = −1. */
    readonly isAllDistinct: boolean;
  } | null;
}

export interface RelationIndex {
  readonly oid: number;
  readonly name: string;
  readonly kind: 'primary key' | 'unique' | 'exclusion' | 'index';
  readonly sizeBytes: number;
  readonly scans: number;
}
