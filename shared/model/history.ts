import type { Audit } from './audit.ts';

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

export interface HistoryOverview {
  readonly database: string;
}
