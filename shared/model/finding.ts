export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How sure a rule is: `certain` read from the catalog, `likely` inferred, `review` needs a person. */
export const CONFIDENCES = ['certain', 'likely', 'review'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

export const CATEGORIES = [
  'performance',
  'storage',
  'vacuum',
  'reliability',
  'security',
  'configuration',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** Derived from history and waivers, never typed in. */
export const STATUSES = ['new', 'open', 'fixed', 'regressed', 'waived'] as const;
export type Status = (typeof STATUSES)[number];

export type ObjectKind =
  | 'server'
  | 'database'
  | 'schema'
  | 'table'
  | 'matview'
  | 'view'
  | 'index'
  | 'column'
  | 'constraint'
  | 'sequence'
  | 'function'
  | 'trigger'
  | 'policy'
  | 'role'
  | 'setting'
  | 'extension'
  | 'session'
  | 'slot'
  | 'statement'
  | 'hba-rule'
  | 'transaction'
  | 'standby'
  | 'collation'
  | 'publication';

/** What a finding is about. Names are as stored, unquoted; quoting happens where SQL is made. */
export interface ObjectRef {
  readonly kind: ObjectKind;
  /** 0 where the thing has no oid (a setting, a session). */
  readonly oid: number;
  readonly schema: string | null;
  readonly name: string;
  readonly table: string | null;
}

/** Numbers carry their unit in the key (`sizeBytes`, `ageMs`, `deadPercent`, `rows`). */
export type Evidence = Readonly<Record<string, EvidenceValue>>;
export type EvidenceValue = number | string | boolean | null | readonly string[];

/** Lock modes in PostgreSQL's words; `none` takes no relation lock. */
export type LockMode =
  | 'none'
  | 'ACCESS SHARE'
  | 'ROW SHARE'
  | 'SHARE UPDATE EXCLUSIVE'
  | 'SHARE ROW EXCLUSIVE'
  | 'EXCLUSIVE'
  | 'ACCESS EXCLUSIVE';

/** R1 safe, R2 long but online, R3 blocking, R4 destroys or cuts off (`reference: UX risk levels`). */
export type Risk = 'R1' | 'R2' | 'R3' | 'R4';

export interface Fix {
  /** Verb and object: "Drop the index idx_a". */
  readonly title: string;
  /** One statement each, without trailing semicolon, to run in order. */
  readonly sql: readonly string[];
  /** Restores what was there before; empty = cannot be undone. */
  readonly undo: readonly string[];
  readonly risk: Risk;
  readonly lock: LockMode;
  /** What the lock means for the users of this database, naming the object, in one or two sentences. */
  readonly lockInWords: string;
  /** False where a statement refuses to run in a transaction (VACUUM, CONCURRENTLY, ALTER SYSTEM). */
  readonly inTransaction: boolean;
  /** What to know or do first; guided fixes without SQL consist of these. */
  readonly notes: readonly string[];
}

/** An estimate, always shown as one. */
export interface Gain {
  readonly bytes?: number;
  readonly msPerDay?: number;
  /** What gets better, where no number fits. */
  readonly text?: string;
}

export interface Finding {
  readonly check: string;
  readonly severity: Severity;
  readonly category: Category;
  /** Finer grouping: indexes, foreign keys, vacuum, … */
  readonly topic: string;
  readonly confidence: Confidence;
  readonly confidenceReason: string;
  readonly status: Status;
  /** Stable across runs: check + object names. */
  readonly fingerprint: string;
  readonly object: ObjectRef;
  readonly message: string;
  readonly evidence: Evidence;
  /** What the numbers cover, for example "counters since 2026-10-01 (53 days)"; null for a fact of this moment. */
  readonly window: string | null;
  readonly gain: Gain | null;
  readonly fix: Fix | null;
}

export interface GoodPractice {
  readonly id: string;
  readonly title: string;
  readonly message: string;
  readonly evidence: Evidence;
}
