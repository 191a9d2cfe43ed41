import { formatCount, formatDuration } from '#shared/model/format.ts';
import type { ComparedPlan, PlanComparison, PlanPair } from '#shared/model/statement-plans.ts';
import type { PlanNode, StatementPlan } from '#shared/model/queries.ts';
import { alignPlans } from './plan-align.ts';
import { type MadePlan, modelOf, summaryOf } from './plan-shelf.ts';

const MOST_DIFFERENCES = 6;
/** Rows expected that differ by less seldom change a plan. */
const FACTOR_OF_ROWS = 2;

/** Two plans beside each other, with what differs in words. */
export function comparePlans(left: MadePlan, right: MadePlan, keptIds: ReadonlySet<string>): PlanComparison {
  const [a, b] = [modelOf(left), modelOf(right)];
  const pairs = alignPlans(a.nodes, b.nodes);
  const side = (made: MadePlan, model: typeof a): ComparedPlan => ({
    ...summaryOf(made, keptIds),
    estimatedRows: model.nodes[0]?.estimatedRows ?? 0,
    actualRows: model.nodes[0]?.actualRows ?? null,
    planningMs: model.planningMs,
    json: model.json,
    text: model.text,
  });
  return { left: side(left, a), right: side(right, b), pairs, differences: differencesOf(a, b, pairs) };
}

type Model = Pick<StatementPlan, 'nodes' | 'executionMs' | 'indexes'>;

function differencesOf(left: Model, right: Model, pairs: readonly PlanPair[]): string[] {
  const [costLeft, costRight] = [left.nodes[0]?.totalCost ?? 0, right.nodes[0]?.totalCost ?? 0];
  const changed = pairs.flatMap(({ left: one, right: other, change }) =>
    change === 'type' && one && other ? [`${nameOf(one)} became ${nameOf(other)}.`] : [],
  );
  const only = (side: 'left' | 'right', where: string): string[] => {
    const names = pairs.flatMap((pair) => (pair.change === side ? nameOf(pair[side]) : []));
    return names.length === 0 ? [] : [`Only ${where}: ${[...new Set(names)].join(', ')}.`];
  };
  const rows = pairs.flatMap(({ left: one, right: other }) => {
    if (!one || !other) return [];
    const [few, many] = [one.estimatedRows, other.estimatedRows].sort((a, b) => a - b);
    return (many ?? 0) >= FACTOR_OF_ROWS * Math.max(1, few ?? 0)
      ? [
          `${nameOf(other)}: ${formatCount(one.estimatedRows)} rows expected became ${formatCount(other.estimatedRows)}.`,
        ]
      : [];
  });
  const time =
    left.executionMs !== null && right.executionMs !== null
      ? [
          `The time went from ${formatDuration(left.executionMs)} to ${formatDuration(right.executionMs)}${times(left.executionMs, right.executionMs)}.`,
        ]
      : [];
  return [
    costLeft === costRight
      ? `Both plans have a cost of ${formatCount(Math.round(costLeft))}.`
      : `The cost goes from ${formatCount(Math.round(costLeft))} to ${formatCount(Math.round(costRight))}${times(costLeft, costRight)}.`,
    ...time,
    ...changed,
    ...only('left', 'in the left plan'),
    ...only('right', 'in the right plan'),
    ...rows,
  ].slice(0, MOST_DIFFERENCES);
}

function nameOf(node: PlanNode | null): string {
  return node === null
    ? ''
    : node.on === null
      ? node.type
      : `${node.type} on ${node.on.replace(/ on /, ' of ')}`;
}

/** ", 52 times less"; nothing where they are about the same. */
function times(before: number, after: number): string {
  const [few, many] = before < after ? [before, after] : [after, before];
  if (few <= 0 || many / few < 1.05) return '';
  const factor = many / few;
  const word = after > before ? 'more' : 'less';
  return factor < 2
    ? `, ${formatCount(Math.round(Math.abs(after / before - 1) * 100))} % ${word}`
    : `, ${formatCount(factor < 10 ? Math.round(factor * 10) / 10 : Math.round(factor))} times ${after > before ? 'as much' : 'less'}`;
}
