import type { Fix } from './finding.ts';

export interface MatviewsOverview {
  readonly views: readonly MatviewRow[];
  /** Names that should be there by the user's list and are not. */
  readonly missing: readonly string[];
  /** The user's list; empty where none was made. */
  readonly expected: readonly string[];
  /** Where refreshes are recorded on this server; null = nowhere, so that "last refresh" cannot be told. */
  readonly recordedBy: 'pg_cron' | null;
}

export interface MatviewRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly isPopulated: boolean;
  readonly sizeBytes: number;
  /** Of its indexes. */
  readonly indexBytes: number;
  /** As of the last ANALYZE; null = never analysed. */
  readonly rows: number | null;
  /** The unique index that CONCURRENTLY would use. */
  readonly key: string | null;
  /** "yes", or why not. */
  readonly concurrent: string;
  readonly scans: number;
  readonly lastRefreshAt: string | null;
  readonly lastRefreshMs: number | null;
  readonly isExpected: boolean;
}

export interface MatviewDetail {
  readonly definition: string | null;
  /** Views and matviews that read this one, whatever lies between. */
  readonly dependants: readonly string[];
  /** What it reads itself. */
  readonly reads: readonly string[];
  readonly fixes: readonly Fix[];
}
