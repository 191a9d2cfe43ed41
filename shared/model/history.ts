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
    readonly score: readonly HistoryPoint[];
  };
  readonly exhaustion: readonly Exhaustion[];
}

/** How long something that runs out will last. */
export interface Exhaustion {
  readonly what: string;
  readonly usedPercent: number;
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
