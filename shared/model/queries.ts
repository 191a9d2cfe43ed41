import type { Fix } from './finding.ts';
import type { ActionRequest } from './plan-request.ts';

export interface QueriesOverview {
  /** Null where pg_stat_statements can be read; else what is missing and how to get it on this server. */
  readonly setup: QuerySetup | null;
  /** The database that this connection is in. */
  readonly here: string;
  /** Other databases with statements, the heaviest first. */
  readonly databases: readonly string[];
  readonly figures: {
    readonly statements: number;
    /** PgVitals' own, left out of everything. */
    readonly own: number;
    readonly hiddenTexts: number;
    readonly totalMs: number;
    readonly calls: number;
    readonly over100Ms: number;
    readonly suspects: number;
  };
  /** What the user took out of the lists and of `figures`. */
  readonly excluded: {
    readonly list: readonly ExcludedStatement[];
    readonly calls: number;
    readonly totalMs: number;
    /** Of the time and of the calls of all statements in the window, with these, percent. */
    readonly timePercent: number;
    readonly callsPercent: number;
  };
  readonly window: StatementWindow;
  /** What this server does not count, and what would make it; a sentence each. */
  readonly notCounted: readonly string[];
  /** Since when the server counts; null = unknown. */
  readonly since: string | null;
  /** Entries thrown out since then: statements that are missing here. Null before 14. */
  readonly evictions: number | null;
  /** The list ends at the 5,000 heaviest. */
  readonly isCut: boolean;
  readonly roles: readonly string[];
  /** Keys of comment tags (sqlcommenter, Marginalia) with their values. */
  readonly tags: readonly { readonly key: string; readonly values: readonly string[] }[];
  /** Stored samples that a window can begin at, oldest first. */
  readonly samples: readonly string[];
  readonly logging: readonly { readonly name: string; readonly value: string; readonly fix: Fix | null }[];
}

/** A statement that the user does not want to see in the lists; kept by its id, for this database. */
export interface ExcludedStatement {
  readonly queryId: string;
  /** One line, as it was when it was taken out; null where hidden. */
  readonly query: string | null;
  readonly excludedAt: string;
  /** In the window, over all roles; zero where it did not run. */
  readonly calls: number;
  readonly totalMs: number;
  readonly timePercent: number;
  /** Of one of its rows, to open it; null where the server does not have it in this window. */
  readonly key: string | null;
}

/** What the figures cover. */
export interface StatementWindow {
  /** A stored sample, else the server's last reset; null = unknown. */
  readonly fromAt: string | null;
  readonly minutes: number | null;
  /** Statements whose counters began anew inside of it: counted from then on. */
  readonly restarted: number;
  /** Statements that cannot be compared with the sample, and are left out: hidden ones, and those it did not hold. */
  readonly leftOut: number;
}

export interface QuerySetup {
  readonly reason: string;
  /** In this order. */
  readonly steps: readonly {
    readonly fix: Fix /** Null where it is not done with SQL, or not yet. */;
    readonly request: ActionRequest | null;
  }[];
}

export interface StatementRow {
  /** Of the statement in lists and addresses. */
  readonly key: string;
  /** Empty where hidden from this role. */
  readonly queryId: string;
  readonly role: string;
  /** One line, at most 300 characters; null where hidden from this role. */
  readonly query: string | null;
  readonly calls: number;
  /** Null where the beginning of the window is unknown. */
  readonly callsPerMinute: number | null;
  readonly totalMs: number;
  /** Of the time of all statements in the window, percent. */
  readonly sharePercent: number;
  readonly meanMs: number;
  /** Extremes and deviation are those since the reset: in a window they are null, for they do not subtract. */
  readonly minMs: number | null;
  readonly maxMs: number | null;
  readonly stddevMs: number | null;
  readonly rowsPerCall: number;
  /** Of the shared blocks that it needed; null where it needed none. */
  readonly hitPercent: number | null;
  /** From outside of shared buffers. */
  readonly readBytes: number;
  /** Written to temporary files. */
  readonly tempBytes: number;
  /** Null where the server does not time or count it. */
  readonly ioMs: number | null;
  readonly walBytes: number | null;
  readonly planMs: number | null;
  /** Time spent in it since the oldest sample of the last 24 hours; null where there is no such sample. */
  readonly recentMs: number | null;
  /** The same in up to 12 stretches, oldest first; null where a reset lies in between. Only for rows in sight. */
  readonly recent: readonly (number | null)[];
  readonly tags: string;
  /** Why it looks like one query per row of another; null = it does not. */
  readonly suspicion: string | null;
}

export interface StatementDetail {
  readonly row: StatementRow;
  readonly isExcluded: boolean;
  /** Where it runs; the plan can only be asked for in the database of this connection. */
  readonly database: string;
  readonly isHere: boolean;
  /** First 8,192 characters as the server keeps them. */
  readonly text: string | null;
  readonly isTopLevel: boolean;
  readonly counters: StatementLifetime;
  /** Oldest first; between two samples each, the last 24 hours. */
  readonly trend: readonly StatementInterval[];
}

/** What only the drawer shows, since the reset. Null where this version does not count it. */
export interface StatementLifetime {
  readonly dirtiedBytes: number;
  readonly writtenBytes: number;
  readonly tempReadBytes: number;
  readonly plans: number | null;
  readonly tempIoMs: number | null;
  readonly jitMs: number | null;
  readonly walBuffersFull: number | null;
  readonly workersPlanned: number | null;
  readonly workersLaunched: number | null;
  readonly countedSince: string | null;
  readonly extremesSince: string | null;
}

export interface StatementInterval {
  /** Its end. */
  readonly at: string;
  /** Null where a reset lies in between. */
  readonly callsPerMinute: number | null;
  /** Null where it was not called. */
  readonly meanMs: number | null;
}

/** A node of a plan, depth first; figures of the node itself, its children's taken off. Null = not measured, or not here. */
export interface PlanNode {
  readonly id: number;
  readonly depth: number;
  /** "Parallel Seq Scan", "Hash Join Left". */
  readonly type: string;
  /** "idx_posts_date on posts". */
  readonly on: string | null;
  /** "CTE totals", "SubPlan 1": what it is to the rest of the plan. */
  readonly part: string | null;
  /** Filter, index condition, sort key, join condition, one per line. */
  readonly conditions: readonly string[];
  readonly totalCost: number;
  readonly ownCost: number;
  /** Over all loops where those are known. */
  readonly estimatedRows: number;
  /** Over all loops; null without ANALYZE. */
  readonly actualRows: number | null;
  /** Parallel processes count as loops; 0 = never executed. */
  readonly loops: number | null;
  /** By the clock on the wall: what parallel processes took side by side is not added up. */
  readonly ownMs: number | null;
  /** How many times more or fewer rows than expected came, ≥ 1; null also where it was stopped early, by a LIMIT. */
  readonly misestimate: number | null;
  /** Of the plan's time, or of its cost without ANALYZE, 0–1. */
  readonly heat: number;
  /** Shared blocks found in shared buffers, and read from outside. */
  readonly hitBytes: number | null;
  readonly readBytes: number | null;
  readonly spilledBytes: number | null;
  readonly rowsRemoved: number | null;
  readonly sort: { readonly method: string; readonly bytes: number; readonly isOnDisk: boolean } | null;
  /** More than one batch: the hash table did not fit into work_mem × hash_mem_multiplier. */
  readonly hash: { readonly batches: number; readonly memoryBytes: number } | null;
  readonly workers: { readonly planned: number; readonly launched: number | null } | null;
  /** Rows that an index-only scan had to look up in the table after all. */
  readonly heapFetches: number | null;
}

export interface PlanTip {
  readonly text: string;
  readonly confidence: 'certain' | 'likely' | 'review';
}

export interface IndexAdvice {
  readonly table: string;
  readonly columns: readonly string[];
  readonly fix: Fix;
  /** The same as a request. */
  readonly request: ActionRequest;
  /** Estimated by the planner for an index that does not exist; null without HypoPG. */
  readonly costBefore: number | null;
  readonly costAfter: number | null;
  readonly verdict: string;
  /** The plan with it, to compare; null without HypoPG. */
  readonly planId: string | null;
}

export interface StatementPlan {
  /** To find it again, and to compare it with others. */
  readonly id: string;
  readonly nodes: readonly PlanNode[];
  /** At most three, most telling first. */
  readonly tips: readonly PlanTip[];
  readonly advice: readonly IndexAdvice[];
  readonly relations: readonly string[];
  readonly indexes: readonly string[];
  readonly isAnalyzed: boolean;
  readonly executionMs: number | null;
  readonly planningMs: number | null;
  /** Compiling, part of the execution time; null without JIT. */
  readonly jitMs: number | null;
  readonly triggers: readonly { readonly name: string; readonly calls: number; readonly timeMs: number }[];
  /** How parameters were treated. */
  readonly note: string | null;
  readonly json: string;
  /** As EXPLAIN's text format has it. */
  readonly text: string;
}
