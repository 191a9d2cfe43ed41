/** Maintenance that runs now, from pg_stat_progress_*, as both pages that show it need it. */
export interface ProgressRow {
  readonly pid: number;
  /** "VACUUM", "CREATE INDEX CONCURRENTLY", "COPY FROM". */
  readonly command: string;
  readonly relation: string | null;
  /** The index that is built, or that a table is clustered by. */
  readonly index: string | null;
  /** PostgreSQL's own word. */
  readonly phase: string;
  /** What happens in it, in a few words; null where the phase says it. */
  readonly doing: string | null;
  /** How far this phase is: null where the server does not count it, or not yet. */
  readonly done: {
    readonly count: number;
    readonly total: number | null;
    readonly unit: ProgressUnit;
  } | null;
  /** Of the phase, 0–100; null where the total is not known. */
  readonly percent: number | null;
  /** "second pass over the indexes", "3 MB of 64 MB for ids of dead rows". */
  readonly details: readonly string[];
  readonly startedBy: 'autovacuum' | 'a user' | 'unknown';
  /** How long the command has run; null where hidden. */
  readonly runningMs: number | null;
}

export type ProgressUnit = 'blocks' | 'bytes' | 'rows' | 'indexes' | 'sessions' | 'partitions';
