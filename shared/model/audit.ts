import type { Category, Finding, GoodPractice, Severity } from './finding.ts';
import type { Grade } from './grade.ts';

/** The stable audit file. `pgvitals schema` prints its JSON Schema (`audit-schema.ts`). */
export interface Audit {
  readonly schemaVersion: typeof AUDIT_SCHEMA_VERSION;
  readonly kind: 'pgvitals-audit';
  readonly tool: { readonly name: string; readonly version: string };
  readonly server: AuditServer;
  /** ISO 8601, server clock. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** False where the run was cancelled or the connection dropped: `interruption` says why. */
  readonly isComplete: boolean;
  readonly interruption: string | null;
  readonly grade: Grade;
  readonly coverage: Coverage;
  readonly facts: AuditFacts;
  readonly findings: readonly Finding[];
  readonly goodPractices: readonly GoodPractice[];
  /** Every check that ran to the end, with the number of findings it gave. */
  readonly passed: readonly { readonly check: string; readonly title: string; readonly category: Category }[];
  /** Degradations that concern the whole run, for example an unsupported major version. */
  readonly notices: readonly string[];
}

export const AUDIT_SCHEMA_VERSION = 1;

export interface AuditServer {
  readonly versionNum: number;
  readonly version: string;
  readonly systemIdentifier: string | null;
  readonly database: string;
  readonly role: string;
  readonly isStandby: boolean;
  readonly provider: string;
  readonly startedAt: string;
  readonly statisticsResetAt: string | null;
}

export interface Coverage {
  /** Checks that ran completely. */
  readonly run: number;
  /** Checks that make sense for this server; `run` / `applicable` is the coverage. */
  readonly applicable: number;
  readonly total: number;
  readonly skipped: readonly SkippedCheck[];
  readonly notApplicable: readonly { readonly check: string; readonly reason: string }[];
}

export interface SkippedCheck {
  readonly check: string;
  readonly reason: string;
  readonly grant: string | null;
  /** True where the check ran on part of what it needs: its findings stand, its silence proves nothing. */
  readonly isPartial: boolean;
}

/** Key figures. Counts are of user objects in this database; null where they could not be read. */
export interface AuditFacts {
  readonly tables: number | null;
  readonly matviews: number | null;
  readonly partitions: number | null;
  readonly indexes: number | null;
  readonly indexesNeverScanned: number | null;
  /** Never scanned, and neither primary key nor unique nor exclusion. */
  readonly indexesRemovable: number | null;
  readonly indexesRemovableBytes: number | null;
  readonly indexBytes: number | null;
  readonly tableBytes: number | null;
  readonly databaseSizeBytes: number | null;
  readonly liveRows: number | null;
  readonly deadRows: number | null;
  readonly constraints: number | null;
  readonly foreignKeys: number | null;
  readonly sequences: number | null;
  readonly roles: number | null;
  readonly extensions: number | null;
  /** Client connections now, and the limit less reserved ones. */
  readonly connections: number | null;
  readonly connectionsLimit: number | null;
  /** 0–1 over the life of the counters; a lifetime ratio, no verdict on the present. */
  readonly cacheHitRatio: number | null;
  readonly oldestTransactionMs: number | null;
  /** Age of the oldest unfrozen XID as a share of 2^31, 0–1. */
  readonly freezeShare: number | null;
  readonly statisticsAgeDays: number | null;
}

/** What a run tells while it runs. */
export type AuditEvent =
  | {
      readonly type: 'progress';
      readonly phase: 'connect' | 'collect' | 'check';
      readonly label: string;
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly type: 'check';
      readonly check: string;
      readonly title: string;
      readonly outcome: 'ran' | 'partial' | 'skipped' | 'not-applicable';
      readonly findings: readonly Finding[];
    }
  | { readonly type: 'done'; readonly audit: Audit };

/** A check as the UI and `pgvitals checks` show it. */
export interface CheckInfo {
  readonly id: string;
  readonly title: string;
  readonly category: Category;
  readonly topic: string;
  readonly severity: Severity;
  readonly why: string;
  readonly remedy: string;
  /** The rule in words, with its numbers. */
  readonly rule: string;
  readonly needs: readonly string[];
  readonly thresholds: Readonly<Record<string, number>>;
  /** PostgreSQL's documentation on the matter. */
  readonly docs: string;
}
