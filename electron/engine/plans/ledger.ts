import { randomBytes } from 'node:crypto';
import { EngineError } from '#engine/errors.ts';

/** How long a preview stands (DESIGN.md §4): after that the database may be another one. */
export const PLAN_LIFE_MS = 5 * 60_000;
/** A page that previews without end must not fill the memory. */
const MOST_PLANS = 200;

export interface LedgerPlan {
  readonly planId: string;
  readonly connectionId: string;
}

export interface Ledger<P extends LedgerPlan> {
  /** Files the plan under a new random id. */
  add(plan: Omit<P, 'planId'>): P;
  /**
   * Takes the plan out, for good: whatever comes of the execution, it cannot be had twice. PLAN_GONE where it was used,
   * has expired, never was, or belongs to another connection (then it stays for that one).
   */
  spend(planId: string, connectionId: string): P;
  /** Without spending it, for scripts. */
  read(planId: string, connectionId: string): P;
  /** When a connection closes. */
  forget(connectionId: string): void;
}

/** The plans that were previewed and not run yet. `now` is a steady clock in ms: a change of the time of day means nothing. */
export function createLedger<P extends LedgerPlan>(now: () => number = () => performance.now()): Ledger<P> {
  const plans = new Map<string, { readonly plan: P; readonly expiresMs: number }>();

  const read = (planId: string, connectionId: string): P => {
    const entry = plans.get(planId);
    if (entry && entry.expiresMs <= now()) plans.delete(planId);
    if (!entry || entry.expiresMs <= now() || entry.plan.connectionId !== connectionId) throw gone();
    return entry.plan;
  };

  return {
    add: (draft) => {
      for (const [id, { expiresMs }] of plans) {
        if (expiresMs <= now() || plans.size >= MOST_PLANS) plans.delete(id);
      }
      const plan = { ...draft, planId: randomBytes(16).toString('hex') } as P;
      plans.set(plan.planId, { plan, expiresMs: now() + PLAN_LIFE_MS });
      return plan;
    },
    spend: (planId, connectionId) => {
      const plan = read(planId, connectionId);
      plans.delete(planId);
      return plan;
    },
    read,
    forget: (connectionId) => {
      for (const [id, { plan }] of plans) if (plan.connectionId === connectionId) plans.delete(id);
    },
  };
}

function gone(): EngineError {
  return new EngineError(
    'PLAN_GONE',
    'This plan cannot be run: it was run already, is older than five minutes, or belongs to another connection.',
    'Preview the change again.',
  );
}
