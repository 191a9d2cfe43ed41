import type { Confidence, Fix, Severity } from './finding.ts';

export interface IndexOverview {
  readonly statisticsResetAt: string | null;
  readonly totals: IndexTotals;
  /** Tables by number of indexes, most first; at most 50. */
  readonly worstTables: readonly IndexedTable[];
  readonly families: readonly IndexFamily[];
  /** Large tables read from end to end, and foreign keys without an index. */
  readonly missing: readonly MissingIndex[];
  /** Names of standbys, which count scans of their own. */
  readonly standbys: readonly string[];
  /** When the user last looked whether a standby uses indexes that seem unused here. */
  readonly standbysCheckedAt: string | null;
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
}

/** Where an index is probably missing, by what the database shows. */
export interface MissingIndex {
  readonly source: 'foreign key' | 'sequential scans';
  readonly table: string;
  readonly reason: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly fix: Fix | null;
}

/** Indexes of one table that can stand in for each other. */
export interface IndexFamily {
  readonly table: string;
  readonly schema: string;
  readonly kind: 'duplicate' | 'covered' | 'same-leading-column';
  readonly keep: string;
  readonly keepReason: string;
  readonly members: readonly {
    readonly oid: number;
    readonly name: string;
    readonly sizeBytes: number;
    readonly scans: number;
    readonly verdict: 'keep' | 'drop' | 'review';
  }[];
  readonly reclaimableBytes: number;
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
  readonly lastScanAt: string | null;
  /** Inserts, updates and deletes of its table: each may have to keep it up to date. */
  readonly tableWrites: number;
  /** The index that does the same or more; null = none. */
  readonly coveredBy: string | null;
  /** Why it may not simply be dropped although nothing scanned it; null = it may. */
  readonly keepReason: string | null;
  readonly flags: IndexFlags;
  /** Scans in the last 24 hours by the stored samples; null without. */
  readonly recentScans: number | null;
}

/** What may be dropped of the never scanned indexes that are no keys. */
export interface RemovalPlan {
  /** How many `drop` removes. */
  readonly indexes: number;
  readonly drop: readonly string[];
  /** Builds all of them again. */
  readonly create: readonly string[];
  /** What stays, by reason; at most 20 names each. */
  readonly held: readonly {
    readonly reason: string;
    readonly count: number;
    readonly names: readonly string[];
  }[];
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
} as const;

export interface IndexDetail {
  readonly row: Omit<IndexRow, 'recentScans'>;
  readonly definition: string;
  readonly rowsRead: number;
  readonly rowsFetched: number;
  readonly tableRows: number | null;
  readonly constraint: string | null;
  /** Drops it, where it may go; the undo builds it again. */
  readonly fix: Fix | null;
}
