import type { Fix } from './finding.ts';
import type { ProgressRow } from './progress.ts';
import type { ActionRequest } from './plan-request.ts';

/** Health of a table by its share of dead rows. */
export type DeadRowsLevel = 'none' | 'moderate' | 'high' | 'critical';

export interface VacuumOverview {
  readonly figures: {
    readonly tables: number;
    /** Those of `tables` that are partitions belong to so many partitioned tables. */
    readonly partitionedTables: number;
    readonly liveRows: number;
    readonly deadRows: number;
    readonly byLevel: Readonly<Record<DeadRowsLevel, number>>;
    /** Tables that autovacuum is due to visit. */
    readonly overTrigger: number;
    readonly switchedOff: number;
    readonly workers: number;
    readonly workersMax: number | null;
    /** Age of the oldest unfrozen row of this database as a share of 2^31, 0–1. */
    readonly freezeShare: number;
  };
  readonly databases: readonly FreezeRow[];
  /** Ages at which VACUUM drops everything but freezing; null where the settings are not readable. */
  readonly failsafe: { readonly xidAge: number | null; readonly mxidAge: number | null };
  /** Oldest first. */
  readonly holders: readonly HolderRow[];
  readonly settings: readonly VacuumSetting[];
  readonly overrides: readonly { readonly oid: number; readonly table: string; readonly options: string }[];
  readonly advice: readonly (AdvisedFix & { readonly title: string; readonly reason: string })[];
  readonly running: readonly ProgressRow[];
  readonly recent: RecentWork;
  readonly pgstattuple: PgstattupleState;
}

export interface FreezeRow {
  readonly name: string;
  readonly xidAge: number;
  readonly mxidAge: number;
  /** autovacuum_freeze_max_age: where autovacuum starts by force. */
  readonly xidLimit: number;
  readonly mxidLimit: number;
}

/** How near a table is to the point where its rows must be frozen; by the worse of both kinds of ids. */
export type FreezeLevel = 'fine' | 'forced' | 'overdue' | 'urgent' | 'critical';

/** Freeze age of a table or of its TOAST table, which ages by itself. */
export interface FreezeTableRow {
  readonly id: string;
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly parent: string | null;
  readonly part: 'table' | 'TOAST table';
  readonly level: FreezeLevel;
  /** For sorting: 0 fine … 4 critical. */
  readonly levelOrder: number;
  readonly xidAge: number;
  /** The effective autovacuum_freeze_max_age, at which autovacuum starts by force. */
  readonly xidLimit: number;
  readonly xidPercent: number;
  readonly mxidAge: number;
  readonly mxidLimit: number;
  readonly mxidPercent: number;
}

export interface HolderRow {
  readonly label: string;
  readonly ageXids: number;
  readonly ageMs: number | null;
  /** Null = holds back every database. */
  readonly database: string | null;
  readonly fix: Fix;
  /** The change as a request; null where there is none for it. */
  readonly request: ActionRequest | null;
}

export interface VacuumSetting {
  readonly name: string;
  readonly value: string;
  readonly standard: string | null;
  readonly isChanged: boolean;
  /** "postgresql.conf:12", or where else it comes from. */
  readonly source: string;
}

/** What vacuuming did between two stored samples. */
export interface RecentWork {
  /** Null where there are not two samples yet. */
  readonly window: { readonly from: string; readonly to: string } | null;
  readonly rows: readonly {
    readonly table: string;
    readonly autovacuums: number;
    readonly vacuums: number;
    readonly autoanalyzes: number;
    readonly analyzes: number;
    readonly deadBefore: number;
    readonly deadNow: number;
  }[];
}

export interface VacuumTableRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** Of which table this is a partition (or an heir), as `label` names it. */
  readonly parent: string | null;
  readonly isMatview: boolean;
  /** Set where the row stands for a partitioned table with what its partitions add up to. */
  readonly partitions: PartitionSums | null;
  readonly liveRows: number;
  readonly deadRows: number;
  readonly deadPercent: number;
  /** Of a partitioned table: that of its worst partition. */
  readonly level: DeadRowsLevel;
  /** For sorting: 0 none … 3 critical. */
  readonly levelOrder: number;
  /** Autovacuum starts above this many dead rows; null = every partition has its own. */
  readonly triggerRows: number | null;
  /** Dead rows as a share of the trigger, percent; of a partitioned table the highest. */
  readonly ofTriggerPercent: number;
  /** Of a partitioned table: of the partition that comes first. */
  readonly next: NextVacuum;
  /** For sorting: what is due first, then by the estimate, then by the rows that are missing; null = off. */
  readonly nextOrder: number | null;
  readonly sizeBytes: number;
  /** Of its updates; null = there was none. */
  readonly hotPercent: number | null;
  /** Of a partitioned table the oldest, of those that were vacuumed at all; so is `lastAnalyzeAt`. */
  readonly lastVacuumAt: string | null;
  readonly lastVacuumBy: string | null;
  readonly lastAnalyzeAt: string | null;
}

/** How many of the partitions that hold rows, on every level below a partitioned table, are in which state. */
export interface PartitionSums {
  readonly count: number;
  /** At the level of the worst. */
  readonly atLevel: number;
  readonly due: number;
  readonly switchedOff: number;
  readonly neverVacuumed: number;
  readonly neverAnalyzed: number;
}

/** When autovacuum will look after a table, by its own triggers, whichever comes first. */
export type NextVacuum =
  | { readonly state: 'off' | 'off for this table' }
  | { readonly state: 'due'; readonly because: 'dead rows' | 'inserts' }
  | {
      readonly state: 'waiting';
      /** Rows that are still missing. */
      readonly rows: number;
      readonly of: 'dead rows' | 'inserts';
      /** An estimate from the pace between two samples; null = unknown, or no row was added in that time. */
      readonly inMs: number | null;
    };

/** The time over which a pace was measured. */
export interface PaceWindow {
  readonly from: string;
  readonly to: string;
}

export interface VacuumTableDetail {
  /** `schema.table`, the schema left out where it is public. */
  readonly name: string;
  readonly deadRows: number;
  readonly triggerRows: number;
  readonly formula: string;
  readonly isEnabled: boolean;
  readonly next: NextVacuum;
  /** Behind the estimate in `next`; null where there is none. */
  readonly pace: PaceWindow | null;
  readonly parent: string | null;
  /** Updates since the statistics began, and how many of them were HOT: the new version stayed on its page, no index was touched. */
  readonly updated: number;
  readonly hotPercent: number | null;
  readonly insertedRows: number;
  /** Null = inserts never start one. */
  readonly insertTriggerRows: number | null;
  readonly insertFormula: string | null;
  readonly modifiedRows: number;
  readonly analyzeTriggerRows: number;
  readonly counts: {
    readonly vacuum: number;
    readonly autovacuum: number;
    readonly analyze: number;
    readonly autoanalyze: number;
  };
  readonly options: Readonly<Record<string, string>>;
  /** Storage and autovacuum parameters that it can have on this version. */
  readonly parameters: readonly TableParameter[];
  readonly holder: string | null;
  readonly fixes: readonly AdvisedFix[];
}

export interface TableParameter {
  readonly name: string;
  /** Of the table itself; null = the server's value holds. */
  readonly own: string | null;
  /** By the numbers at hand; null = nothing speaks for another one. */
  readonly advised: string | null;
}

/** A change that is proposed, and the same as a request. */
export interface AdvisedFix {
  readonly fix: Fix;
  readonly request: ActionRequest;
}

export type Confidence = 'high' | 'medium' | 'low';

export interface BloatRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** For indexes. */
  readonly table: string | null;
  readonly kind: 'table' | 'index';
  readonly sizeBytes: number;
  /** Null where it cannot be estimated: `reason` says why. */
  readonly wastedBytes: number | null;
  readonly wastedPercent: number | null;
  /** Of the waste: dead rows, which VACUUM makes usable again. */
  readonly deadBytes: number | null;
  /** Of the waste: room that only a rewrite gives back. */
  readonly freeBytes: number | null;
  /** Kept free on purpose by the fill factor; no waste. */
  readonly reserveBytes: number | null;
  readonly confidence: Confidence | null;
  readonly reason: string;
}

export type PgstattupleState =
  | { readonly state: 'ready' }
  | { readonly state: 'missing'; readonly sql: string }
  | { readonly state: 'unavailable' };

export interface BloatMeasured {
  readonly method: 'pgstattuple_approx' | 'pgstatindex';
  readonly sizeBytes: number;
  readonly wastedPercent: number;
  readonly deadBytes: number;
  readonly freeBytes: number;
  readonly durationMs: number;
}

/** What autovacuum wrote into the server's log, as far back as the end of it was read. */
export type VacuumLog =
  | {
      readonly state: 'read';
      readonly file: string;
      /** Of the file, its end; `fileBytes` in all. */
      readonly readBytes: number;
      readonly fileBytes: number;
      /** log_autovacuum_min_duration: shorter runs are not logged. Null = unknown. */
      readonly minDurationMs: number | null;
      /** Newest first; of this database. */
      readonly runs: readonly VacuumLogRun[];
    }
  | {
      readonly state: 'unreadable';
      /** A sentence. */
      readonly reason: string;
      /** What would make it readable. */
      readonly sql: readonly string[];
    };

export interface VacuumLogRun {
  readonly id: number;
  /** As the log has it, in its time zone; null where log_line_prefix has no time. */
  readonly at: string | null;
  readonly what: 'vacuum' | 'analyze';
  /** Why not an ordinary one: "aggressive", "to prevent wraparound". */
  readonly kind: string | null;
  readonly table: string;
  readonly elapsedMs: number | null;
  readonly removedRows: number | null;
  readonly remainingRows: number | null;
  /** Dead, and still visible to somebody. */
  readonly notRemovableRows: number | null;
}
