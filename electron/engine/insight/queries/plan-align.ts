import type { PlanChange, PlanPair } from '#shared/model/statement-plans.ts';
import type { PlanNode } from '#shared/model/queries.ts';

/** Two of these are laid side by side in under a second; longer plans are compared as far as this. */
const MOST_NODES = 1_000;
/** A difference in cost or rows below this is the noise of ANALYZE's sample. */
const UNNOTICED = 0.01;

/**
 * Two plans line by line, each in its own order: the pairing with the most in common, as in a comparison of texts. Nodes
 * pair where they read the same table or have the same task (scan, join, sort, aggregate); a join whose sides were swapped
 * keeps one of them in line.
 */
export function alignPlans(left: readonly PlanNode[], right: readonly PlanNode[]): PlanPair[] {
  const [a, b] = [left.slice(0, MOST_NODES), right.slice(0, MOST_NODES)];
  const width = b.length + 1;
  // best[i * width + j]: what the rest of the plans from node i and j on has in common.
  const best = new Float64Array((a.length + 1) * width);
  const at = (i: number, j: number): number => best[i * width + j] ?? 0;
  const together = (i: number, j: number): number => {
    const [one, other] = [a[i], b[j]];
    const likeness = one && other ? likenessOf(one, other) : 0;
    return likeness === 0 ? -1 : likeness + at(i + 1, j + 1);
  };
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      best[i * width + j] = Math.max(together(i, j), at(i + 1, j), at(i, j + 1));
  const pairs: PlanPair[] = [];
  for (let [i, j] = [0, 0]; i < a.length || j < b.length; ) {
    const [one = null, other = null] = [a[i], b[j]];
    if (one && other && together(i, j) === at(i, j)) {
      pairs.push({ left: one, right: other, change: changeOf(one, other) });
      [i, j] = [i + 1, j + 1];
    } else if (one && (other === null || at(i + 1, j) >= at(i, j + 1))) {
      pairs.push({ left: one, right: null, change: 'left' });
      i += 1;
    } else {
      pairs.push({ left: null, right: other, change: 'right' });
      j += 1;
    }
  }
  return pairs;
}

/** Zero where they have nothing to do with each other. */
function likenessOf(one: PlanNode, other: PlanNode): number {
  const depth = Math.abs(one.depth - other.depth);
  const near = 1 / (1 + depth);
  const [table, otherTable] = [tableOf(one), tableOf(other)];
  if (table !== null || otherTable !== null) {
    if (table !== otherTable) return 0;
    return (one.type === other.type ? 6 : 5) + (one.on === other.on ? 1 : 0) + near;
  }
  if (one.type === other.type) return 4 + near;
  return taskOf(one) === taskOf(other) ? 2 + near : 0;
}

/** "idx_posts_date on posts p" and "posts p" read the same. */
function tableOf({ on }: PlanNode): string | null {
  return on === null ? null : on.replace(/^.* on /, '');
}

const TASKS: readonly (readonly [RegExp, string])[] = [
  [/Join|Nested Loop/, 'join'],
  [/Sort/, 'sort'],
  [/Aggregate|^Group$|Unique/, 'group'],
  [/Gather/, 'gather'],
  [/Append/, 'append'],
  [/^(?:Hash|Materialize|Memoize)$/, 'hold'],
];

function taskOf({ type }: PlanNode): string {
  return TASKS.find(([pattern]) => pattern.test(type))?.[1] ?? type;
}

function changeOf(one: PlanNode, other: PlanNode): PlanChange {
  if (one.type !== other.type || one.on !== other.on) return 'type';
  const differs = (a: number | null, b: number | null): boolean =>
    a !== null && b !== null && Math.abs(a - b) > UNNOTICED * Math.max(Math.abs(a), Math.abs(b));
  return differs(one.totalCost, other.totalCost) ||
    differs(one.estimatedRows, other.estimatedRows) ||
    differs(one.actualRows, other.actualRows)
    ? 'figures'
    : 'same';
}
