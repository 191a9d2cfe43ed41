import type { PlanPreview } from '#shared/model/plan.ts';
import { EngineError } from '#engine/errors.ts';
import { PLAN_LIFE_MS } from './ledger.ts';
import type { Plan } from './plan.ts';
import { policyOf } from './policy.ts';

/** PLAN_REFUSED unless everything that the plan asks for was typed and ticked, and nothing speaks against it. */
export function assertConfirmed(
  plan: Pick<PlanPreview, 'preflight' | 'phrase' | 'mustAccept'>,
  phrase: string | null,
  accepted: readonly string[],
): void {
  const stop = plan.preflight.find(({ verdict }) => verdict === 'stop');
  if (stop) throw new EngineError('PLAN_REFUSED', stop.text, stop.nextStep);
  if (plan.phrase !== null && phrase?.trim() !== plan.phrase) {
    throw new EngineError(
      'PLAN_REFUSED',
      'The typed confirmation is not the one that this plan asks for.',
      `Type ${plan.phrase} to confirm.`,
    );
  }
  const open = plan.mustAccept.find(({ id }) => !accepted.includes(id));
  if (open)
    throw new EngineError(
      'PLAN_REFUSED',
      `This has to be accepted first: ${open.text}`,
      'Tick it, or cancel.',
    );
}

/** What a client may see of a plan. */
export function previewOf(plan: Plan): PlanPreview {
  const {
    planId,
    title,
    verb,
    risk,
    phrase,
    preflight,
    mustAccept,
    leftOut,
    freedBytes,
    estimateMs,
    undoes,
  } = plan;
  return {
    planId,
    expiresInMs: PLAN_LIFE_MS,
    title,
    verb,
    risk,
    phrase,
    actions: plan.actions.map(
      ({
        guards: _guards,
        measures: _measures,
        finding: _finding,
        keep: _keep,
        offenders: _offenders,
        around: _around,
        ...action
      }) => action,
    ),
    preflight,
    mustAccept,
    timeouts: timeoutsOf(plan),
    freedBytes,
    estimateMs,
    leftOut,
    undoes,
  };
}

/** What waiting means here, each once. */
function timeoutsOf({ actions }: Plan): string[] {
  const policies = actions.flatMap(({ sql }) => sql.map(policyOf));
  return [
    ...new Set(
      policies.map(({ lockTimeoutMs, statementTimeoutMs, retryPausesMs }) => {
        const again = retryPausesMs.length > 0 ? `, and tries ${retryPausesMs.length} more times` : '';
        const lock =
          lockTimeoutMs === 0
            ? 'Waits for older transactions as long as it takes, without stopping anybody'
            : `Gives up when a lock is not free within ${lockTimeoutMs / 1000} s${again}`;
        return statementTimeoutMs === 0
          ? `${lock}. It may run as long as it needs.`
          : `${lock}. It is ended after ${statementTimeoutMs / 1000} s.`;
      }),
    ),
  ];
}
