import type { Confidence, Fix, Severity } from './finding.ts';
import type { PgstattupleState } from './vacuum.ts';
import type { ActionRequest } from './plan-request.ts';

export interface IndexOverview {
  readonly statisticsResetAt: string | null;
  readonly totals: IndexTotals;
  /** How long the lists are. */
  readonly counts: {
    readonly tables: number;
    /** Of one table. */
    readonly mostIndexes: number;
    readonly overIndexedTables: number;
    readonly families: number;
    readonly missing: number;
  };
  /** This server is one itself: what to drop is decided on the primary. */
  readonly isStandby: boolean;
  /** Names of standbys, which count scans of their own. */
  readonly standbys: readonly string[];
  /** When the user last looked whether a standby uses indexes that seem unused here. */
  readonly standbysCheckedAt: string | null;
  /** Whether an index can be measured here. */
  readonly pgstattuple: PgstattupleState;
}

export interface IndexTotals {
  readonly indexes: number;
  readonly sizeBytes: number;
  readonly neverScanned: number;
  readonly neverScannedBytes: number;
  /** Never scanned, and neither primary key nor unique nor exclusion. */
  readonly removable: number;
  readonly removableBytes: number;
  readonly duplicates: number;
  readonly duplicateBytes: number;
  readonly invalid: number;
  readonly invalidBytes: number;
  /** Removable, duplicate, covered or invalid; each index once. */
  readonly wasted: number;
  readonly wastedBytes: number;
  /** Fewer than 10 scans, but some. */
  readonly rarelyUsed: number;
}

export interface IndexedTable {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly rows: number | null;
  readonly indexes: number;
  readonly neverScanned: number;
  readonly removable: number;
  readonly indexBytes: number;
  readonly tableBytes: number;
  /** By the check over-indexed-table; null = it is not. */
  readonly overIndexed: Severity | null;
}

/** Where an index is probably missing, by what the database shows. */
export interface MissingIndex {
  /** Names it for `missingDetail`, as long as it is there. */
  readonly key: string;
  readonly source: 'foreign key' | 'sequential scans';
  readonly schema: string;
  readonly table: string;
  readonly reason: string;
  readonly severity: Severity;
  /** 0 = the worst; for sorting. */
  readonly rank: number;
  readonly confidence: Confidence;
}

export interface MissingIndexDetail {
  readonly row: MissingIndex;
  readonly confidenceReason: string;
  /** Texts of statements that name the table, heaviest first; at most 3. */
  readonly statements: readonly string[];
  readonly fix: Fix | null;
}

/** What the plans of the heaviest statements ask for. */
export interface StatementAdvice {
  /** Statements with a text that can be planned at all. */
  readonly of: number;
  /** Of the heaviest: how many were planned, and how many could not be. */
  readonly planned: number;
  readonly notPlanned: number;
  readonly rows: readonly StatementAdviceRow[];
}

export interface StatementAdviceRow {
  readonly table: string;
  readonly columns: readonly string[];
  /** Whether HypoPG confirmed it, or that it is a guess. */
  readonly verdict: string;
  readonly fix: Fix;
  /** The same as a request. */
  readonly request: ActionRequest;
  /** Heaviest first; texts cut at 200 characters. */
  readonly statements: readonly {
    readonly query: string;
    readonly calls: number;
    readonly totalMs: number;
    /** Estimated by the planner without the index, and with it as HypoPG makes it up; null without HypoPG. */
    readonly costBefore: number | null;
    readonly costAfter: number | null;
  }[];
}

/** Indexes of one table that can stand in for each other. */
export interface IndexFamily {
  /** Oid of the index to keep. */
  readonly oid: number;
  readonly table: string;
  readonly schema: string;
  readonly kind: 'duplicate' | 'covered' | 'mixed';
  readonly keep: string;
  /** Names of the first few that may go. */
  readonly others: string;
  /** With the one to keep. */
  readonly members: number;
  readonly reclaimableBytes: number;
}

export interface IndexFamilyDetail {
  readonly family: IndexFamily;
  readonly keepReason: string;
  /** The one to keep first, then the largest; at most 100. */
  readonly members: readonly {
    readonly oid: number;
    readonly name: string;
    readonly columns: string;
    readonly sizeBytes: number;
    readonly scans: number;
    readonly verdict: 'keep' | 'drop';
  }[];
}

/** One index with its use; `flags` are the bits of `INDEX_FLAG`. */
export interface IndexRow {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly accessMethod: string;
  /** Key and INCLUDE columns in words: "user_id, created_at DESC include (title)". */
  readonly columns: string;
  readonly sizeBytes: number;
  readonly scans: number;
  /** By stored samples of the last 24 h, else over the age of the counters; null = neither tells. */
  readonly scansPerDay: number | null;
  readonly lastScanAt: string | null;
  /** Inserts, updates and deletes of its table: each may have to keep it up to date. */
  readonly tableWrites: number;
  /** Scans for each of them; null where nothing was written. */
  readonly scansPerWrite: number | null;
  /** The index that does the same or more; null = none. */
  readonly coveredBy: string | null;
  /** Why it may not simply be dropped although nothing scanned it; null = it may. */
  readonly keepReason: string | null;
  readonly flags: IndexFlags;
  /** What asks most for something to be done has the highest number; for sorting the notes. */
  readonly attention: number;
}

export interface RemovalQuery {
  /** Also what nothing scanned, though that proves little: young counters, small tables, small indexes. */
  readonly withUnproven: boolean;
}

/** What may be dropped of the never scanned indexes that are no keys. */
export interface RemovalPlan {
  /** How many would be dropped. */
  readonly indexes: number;
  readonly sizeBytes: number;
  /** What stays, by reason. */
  readonly held: readonly HeldIndexes[];
  /** UTF-8 bytes of the two scripts. */
  readonly dropScriptBytes: number;
  readonly createScriptBytes: number;
}

export interface HeldIndexes {
  readonly reason: string;
  readonly count: number;
  readonly sizeBytes: number;
  /** `withUnproven` would drop them. */
  readonly isUnproven: boolean;
}

export interface RemovalRow {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly verdict: 'drop' | 'stays';
  readonly reason: string;
}

/** A piece of a script of at most 128 kB, unless one statement alone is longer. */
export interface ScriptPiece {
  readonly sql: string;
  /** Where the next piece begins; null = this was the last. */
  readonly next: number | null;
}

/** Indexes as points: size, scans and writes of the table. */
export interface IndexMap {
  /** The largest, at most 400. */
  readonly points: readonly IndexPoint[];
  readonly of: number;
}

export interface IndexPoint {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly scans: number;
  readonly tableWrites: number;
  readonly kind: 'key' | 'removable' | 'used';
}

/** Bits of `IndexRow.flags`. */
export type IndexFlags = number;
export const INDEX_FLAG = {
  primary: 1,
  unique: 2,
  exclusion: 4,
  invalid: 8,
  partial: 16,
  neverScanned: 32,
  removable: 64,
  duplicate: 128,
  covered: 256,
  constraint: 512,
  partitioned: 1024,
  supportsForeignKey: 2048,
  /** Invalid copy of a REINDEX CONCURRENTLY that failed (…_ccnew). */
  failedCopy: 4096,
  /** Invalid old index that a REINDEX CONCURRENTLY could not drop (…_ccold). */
  oldCopy: 8192,
  /** Being built or dropped now. */
  changing: 16_384,
} as const;

export interface IndexDetail {
  readonly row: IndexRow;
  /** What `scansPerDay` rests on; null where it is not known. */
  readonly perDayFrom: 'samples' | 'counters' | null;
  readonly definition: string;
  readonly rowsRead: number;
  readonly rowsFetched: number;
  readonly tableRows: number | null;
  readonly constraint: string | null;
  /** Why it is invalid and what that costs; null for a valid index. */
  readonly invalidReason: string | null;
  /** Why no scans prove little; null where they prove enough, or there were some. */
  readonly unprovenReason: string | null;
  /** Drops it, where it may go; rebuilds or drops it, where it is invalid. */
  readonly fix: Fix | null;
}
