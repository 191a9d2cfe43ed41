import type {
  Category,
  Confidence,
  Evidence,
  Fix,
  Gain,
  ObjectRef,
  Severity,
} from '#shared/model/finding.ts';
import type { FactName, Facts } from '#shared/model/facts.ts';
import type { Catalog } from './catalog.ts';

/**
 * One rule. Pure: it sees facts only, so it can judge a saved snapshot offline.
 * `N` are the facts it cannot do without; the runner skips the check where one of them is unread.
 */
export interface Check<N extends FactName = FactName> {
  /** Kebab-case, stable, never reused. */
  readonly id: string;
  /** The healthy or unhealthy state in a few words: "Index is never used". */
  readonly title: string;
  readonly category: Category;
  /** checks.md topic: indexes, foreign keys, vacuum, connections, … */
  readonly topic: string;
  /** The worst it can give. */
  readonly severity: Severity;
  /** Why it matters: up to three plain sentences. */
  readonly why: string;
  /** The rule in words, with its numbers. */
  readonly rule: string;
  /** What to do about it, in words. */
  readonly remedy: string;
  /** Link to PostgreSQL's documentation. */
  readonly docs: string;
  readonly needs: readonly N[];
  /** Facts that sharpen the rule: unread ones make the check partial, not skipped. */
  readonly wants?: readonly FactName[];
  /** Data with defaults; users may override them. Keys carry the unit. */
  readonly thresholds: Readonly<Record<string, number>>;
  evaluate(facts: Pick<Facts, N | 'server'> & Partial<Facts>, context: CheckContext): Outcome;
}

export interface CheckContext {
  readonly catalog: Catalog;
  /** Thresholds of this check after user overrides. */
  readonly limit: (name: string) => number;
  /** Age of the cumulative statistics in days; null = unknown. */
  readonly statisticsAgeDays: number | null;
  /** "counters since 2026-10-01 (53 days)" for `window`. */
  readonly statisticsWindow: string;
  /** Server clock in ms since the epoch. */
  readonly nowMs: number;
}

export type Outcome =
  | Draft[]
  | { readonly notApplicable: string }
  | { readonly findings: Draft[]; readonly unknown: readonly Unknown[] };

/** Something this check could not judge, found while judging. */
export interface Unknown {
  readonly reason: string;
  readonly grant: string | null;
}

/** A finding before the runner adds check id, category, fingerprint and status. */
export interface Draft {
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly confidenceReason: string;
  readonly object: ObjectRef;
  readonly message: string;
  readonly evidence: Evidence;
  readonly window?: string;
  readonly gain?: Gain | undefined;
  readonly fix?: Fix | undefined;
}

/** Keeps the fact names of `needs` as types, so that `evaluate` may read those facts without a null test. */
export function defineCheck<const N extends FactName>(check: Check<N>): Check {
  return Object.freeze(check) as Check;
}
