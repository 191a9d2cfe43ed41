import type { Audit } from './audit.ts';
import type { Finding } from './finding.ts';

/** One line of the audit timeline. */
export interface AuditSummary {
  readonly id: number;
  readonly at: string;
  readonly grade: string;
  /** 0–100. */
  readonly score: number;
  readonly findings: number;
  readonly critical: number;
  readonly high: number;
  readonly checksRun: number;
  readonly checksApplicable: number;
}

export interface AuditRecord extends AuditSummary {
  readonly audit: Audit;
}

export const HISTORY_RANGES = ['hour', 'day', 'week', 'quarter'] as const;
export type HistoryRange = (typeof HISTORY_RANGES)[number];

export interface HistoryPoint {
  readonly at: string;
  readonly value: number | null;
}

export interface HistoryOverview {
  readonly extent: {
    /** False where the host keeps no files: history ends with the app. */
    readonly isKept: boolean;
    /** One sentence where the file of earlier sessions could not be used. */
    readonly notice: string | null;
    readonly fileBytes: number;
    readonly samples: number;
    readonly oldestAt: string | null;
    readonly newestAt: string | null;
  };
  readonly sampling: { readonly seconds: number; readonly nextInMs: number | null };
  readonly audits: readonly AuditSummary[];
  readonly trends: {
    readonly sizeBytes: readonly HistoryPoint[];
    readonly deadRows: readonly HistoryPoint[];
    readonly connections: readonly HistoryPoint[];
    /** Milliseconds in statements per second of time. */
    readonly statementLoad: readonly HistoryPoint[];
    /** Transactions per second. */
    readonly transactions: readonly HistoryPoint[];
    /** Scans of all tables per second: by an index, and through the whole table. */
    readonly indexScans: readonly HistoryPoint[];
    readonly seqScans: readonly HistoryPoint[];
    /** Score of each audit; `letterOf` gives its grade. */
    readonly score: readonly HistoryPoint[];
  };
  readonly exhaustion: ExhaustionOverview;
}

export interface ExhaustionOverview {
  /** The soonest end first; what cannot be told, last. */
  readonly rows: readonly Exhaustion[];
  /** Hardly used, with ten years or more left, or of unknown value. */
  readonly unlistedSequences: number;
  /** Never exhausted: begin anew at their end. */
  readonly cyclingSequences: number;
}

/** How long something that runs out will last. */
export interface Exhaustion {
  readonly what: string;
  /** What sets the end: a column, the sequence itself, the oldest row of a database. */
  readonly limitOf: string;
  readonly usedPercent: number;
  /** How many are left to take. */
  readonly remaining: number;
  /** Null where there are too few samples. */
  readonly perDay: number | null;
  /** Null where it cannot be told: `basis` says why. */
  readonly daysLeft: number | null;
  readonly basis: string;
}

/** Two audits of one database, finding by finding. */
export interface AuditDiff {
  readonly older: AuditSummary;
  readonly newer: AuditSummary;
  readonly added: readonly Finding[];
  readonly fixed: readonly Finding[];
  /** The same finding with another severity. */
  readonly worse: readonly Finding[];
  readonly better: readonly Finding[];
  readonly unchanged: number;
}
