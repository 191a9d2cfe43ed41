import type { AuditRecord, AuditSummary } from '#shared/model/history.ts';
import type { Audit } from '#shared/model/audit.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { DatabaseIdentity } from './identity.ts';

/** Instants are ISO 8601 by the server's clock. Counters are cumulative, as the server counts them: subtract two. */
export interface History {
  /**
   * Stores what changed since the last sample of this database, from whatever facts the snapshot has. Yields to other
   * work between batches; the sample counts once it is whole.
   */
  record(database: DatabaseIdentity, snapshot: Snapshot): Promise<void>;
  /** Bytes that the file takes, and when the oldest sample was taken. */
  extent(database: DatabaseIdentity): HistoryExtent;
  /** When samples were taken, oldest first; `resetAt` changes where the server began to count anew. */
  samples(database: DatabaseIdentity, range: Range): readonly Sample[];
  /** As of the last sample at or before `at`; empty before the first. */
  tablesAt(database: DatabaseIdentity, at: string): ReadonlyMap<number, TableCounters>;
  indexesAt(database: DatabaseIdentity, at: string): ReadonlyMap<number, IndexCounters>;
  /** By `statementKey`. */
  statementsAt(database: DatabaseIdentity, at: string): ReadonlyMap<string, StatementCounters>;
  databaseAt(database: DatabaseIdentity, at: string): DatabaseCounters | null;
  sequencesAt(database: DatabaseIdentity, at: string): ReadonlyMap<number, string>;
  /** Every value of these sequences over the range that differs from the one before, oldest first. */
  sequenceValues(
    database: DatabaseIdentity,
    oids: readonly number[],
    range: Range,
  ): ReadonlyMap<number, readonly SequencePoint[]>;
  /** How large each other database of the server was at `from`, or when it was first seen after that. */
  otherSizesSince(database: DatabaseIdentity, from: string): ReadonlyMap<number, SizePoint>;
  /** One figure over time, thinned to at most `maxPoints` (the last value of each stretch). */
  series(database: DatabaseIdentity, metric: Metric, range: Range, maxPoints: number): readonly Point[];
  /** One figure of several statements at each of these moments (as of the last sample at or before it). */
  statementFigures(
    database: DatabaseIdentity,
    keys: readonly string[],
    field: keyof StatementCounters,
    moments: readonly string[],
  ): readonly (readonly (number | null)[])[];
  keepAudit(database: DatabaseIdentity, audit: Audit): void;
  /** Newest first. */
  audits(database: DatabaseIdentity): readonly AuditSummary[];
  /** Null where it is not kept (any more). */
  audit(database: DatabaseIdentity, id: number): AuditRecord | null;
}

export interface HistoryExtent {
  readonly fileBytes: number;
  readonly isKept: boolean;
  /** One sentence for the user where the file could not be used as it was; null where all is well. */
  readonly notice: string | null;
  readonly samples: number;
  readonly oldestAt: string | null;
  readonly newestAt: string | null;
}

export interface Range {
  readonly from: string;
  readonly to: string;
}

export interface Sample {
  readonly at: string;
  /** pg_stat_database.stats_reset as of then. */
  readonly statisticsResetAt: string | null;
  /** pg_stat_statements_info.stats_reset as of then. */
  readonly statementsResetAt: string | null;
  /** Null for samples of before this was stored. After a crash counters begin anew. */
  readonly serverStartedAt: string | null;
}

export interface SequencePoint {
  readonly at: string;
  readonly value: string;
}

export interface SizePoint {
  readonly at: string;
  readonly sizeBytes: number;
}

export interface TableCounters {
  readonly liveRows: number;
  readonly deadRows: number;
  readonly sizeBytes: number;
  readonly seqScans: number;
  readonly indexScans: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly hotUpdated: number;
  readonly vacuumCount: number;
  readonly autovacuumCount: number;
  readonly analyzeCount: number;
  readonly autoanalyzeCount: number;
  /** Null for partitioned and foreign tables. */
  readonly frozenXidAge: number | null;
}

export interface IndexCounters {
  readonly sizeBytes: number;
  readonly scans: number;
  readonly rowsRead: number;
  readonly rowsFetched: number;
}

export interface StatementCounters {
  readonly calls: number;
  readonly totalMs: number;
  readonly rows: number;
  readonly sharedBlocksHit: number;
  readonly sharedBlocksRead: number;
  readonly tempBlocksWritten: number;
  /** Null where the extension does not count it, and in samples of before these were stored. */
  readonly planMs: number | null;
  readonly ioMs: number | null;
  readonly walBytes: number | null;
}

export interface DatabaseCounters {
  readonly sizeBytes: number | null;
  readonly xactCommit: number;
  readonly xactRollback: number;
  readonly blocksRead: number;
  readonly blocksHit: number;
  readonly deadlocks: number;
  readonly tempFiles: number;
  readonly tempBytes: number;
  readonly connections: number | null;
  readonly deadRows: number;
  readonly liveRows: number;
  readonly indexBytes: number;
  readonly statementMs: number | null;
  /** Of all tables, as of the sample: what was dropped is not in it any more. */
  readonly seqScans: number;
  readonly indexScans: number;
  readonly nextXid: number;
  /** 32 bits wide: begins anew. */
  readonly nextMxid: number;
}

export type Metric =
  | { readonly kind: 'database'; readonly field: keyof DatabaseCounters }
  | { readonly kind: 'size'; readonly oid: number; readonly field: 'sizeBytes' }
  | { readonly kind: 'table'; readonly oid: number; readonly field: keyof TableCounters }
  | { readonly kind: 'index'; readonly oid: number; readonly field: keyof IndexCounters }
  | { readonly kind: 'statement'; readonly key: string; readonly field: keyof StatementCounters }
  | { readonly kind: 'audit'; readonly field: 'score' };

export interface Point {
  readonly at: string;
  readonly value: number | null;
}

/** Query ids are not unique over roles and nesting. */
export function statementKey(statement: {
  readonly queryId: string;
  readonly role: string;
  readonly isTopLevel: boolean;
}): string {
  return `${statement.queryId}${statement.isTopLevel ? '' : '+'} ${statement.role}`;
}
