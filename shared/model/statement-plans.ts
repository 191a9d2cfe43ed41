import type { PlanNode } from './queries.ts';

/** A plan that can be laid beside another one. */
export interface PlanSummary {
  readonly id: string;
  readonly madeAt: string;
  /** "generic", "for the values 17, open", "with an index on posts (date), by HypoPG". */
  readonly how: string;
  readonly isAnalyzed: boolean;
  readonly totalCost: number;
  /** Null without ANALYZE. */
  readonly executionMs: number | null;
  /** Kept by the user; others are forgotten when the app ends. */
  readonly isKept: boolean;
}

/** `type`: another way to do it; `figures`: the same way, other cost or rows; `left`, `right`: only there. */
export type PlanChange = 'same' | 'figures' | 'type' | 'left' | 'right';

/** A line of two plans side by side. */
export interface PlanPair {
  readonly left: PlanNode | null;
  readonly right: PlanNode | null;
  readonly change: PlanChange;
}

export interface ComparedPlan extends PlanSummary {
  /** Of the whole plan: cost units, rows of its root, milliseconds. */
  readonly estimatedRows: number;
  readonly actualRows: number | null;
  readonly planningMs: number | null;
  readonly json: string;
  /** As EXPLAIN's text format has it. */
  readonly text: string;
}

export interface PlanComparison {
  readonly left: ComparedPlan;
  readonly right: ComparedPlan;
  /** Both in their own order; nodes that do the same for the statement stand in one line. */
  readonly pairs: readonly PlanPair[];
  /** A sentence each, the whole plan first. */
  readonly differences: readonly string[];
}
