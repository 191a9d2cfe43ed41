export interface IndexOverview {
  /** When the facts were read, server clock. */
  readonly collectedAt: string;
  readonly statisticsResetAt: string | null;
  readonly totals: IndexTotals;
  /** Tables by number of indexes, most first; at most 50. */
  readonly worstTables: readonly IndexedTable[];
  readonly families: readonly IndexFamily[];
  readonly indexes: IndexColumns;
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

/** One entry per index in each array; 50,000 indexes stay small on the wire and quick to sort. */
export interface IndexColumns {
  readonly oid: readonly number[];
  readonly schema: readonly string[];
  readonly table: readonly string[];
  readonly name: readonly string[];
  readonly accessMethod: readonly string[];
  /** Key and INCLUDE columns in words: "user_id, created_at DESC include (title)". */
  readonly columns: readonly string[];
  readonly sizeBytes: readonly number[];
  readonly scans: readonly number[];
  readonly lastScanAt: readonly (string | null)[];
  readonly flags: readonly IndexFlags[];
}

/** Bits of `IndexColumns.flags`. */
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
  readonly oid: number;
  readonly definition: string;
  readonly rowsRead: number;
  readonly rowsFetched: number;
  readonly tableRows: number | null;
  readonly tableWrites: number;
  readonly constraint: string | null;
  /** Findings of the last audit about this index. */
  readonly findingFingerprints: readonly string[];
}
