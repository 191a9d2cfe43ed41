import { formatBytes, formatCount, formatDuration, formatRatio } from '#shared/model/format.ts';
import type { PlanNode, PlanTip, StatementPlan } from '#shared/model/queries.ts';

const MOST_TIPS = 3;
/** Below these a remark would be noise. */
const HOT = 0.2;
const MANY_ROWS = 10_000;
const MISESTIMATED = 10;

/** What stands out in a plan, most telling first. */
export function planTips(nodes: readonly PlanNode[], isAnalyzed: boolean, whole: Measured): PlanTip[] {
  const measured = isAnalyzed ? ('certain' as const) : ('review' as const);
  const tips = nodes.flatMap((node): WeighedTip[] => {
    const where = node.on ? `${node.type} on ${node.on}` : node.type;
    const found: WeighedTip[] = [];
    const add = (weight: number, text: string, confidence: PlanTip['confidence']): void => {
      found.push({ text, confidence, weight });
    };
    if (node.spilledBytes !== null && node.spilledBytes > 0)
      add(
        0.9,
        `${where} spilled ${formatBytes(node.spilledBytes)} to disk${node.hash !== null && node.hash.batches > 1 ? ` in ${formatCount(node.hash.batches)} batches` : ''}: more work_mem for this statement keeps it in memory.`,
        'certain',
      );
    if (
      node.rowsRemoved !== null &&
      node.rowsRemoved > MANY_ROWS &&
      node.rowsRemoved > 10 * (node.actualRows ?? 0)
    )
      add(
        0.6 + node.heat,
        `${where} read and threw away ${formatCount(Math.round(node.rowsRemoved))} rows to keep ${formatCount(node.actualRows ?? 0)}: an index on what it filters by would read only those.`,
        'likely',
      );
    else if (
      node.type.endsWith('Seq Scan') &&
      node.heat >= HOT &&
      node.conditions.some((c) => c.startsWith('Filter'))
    )
      add(
        0.4 + node.heat,
        `${where} reads the whole table and filters: ${formatRatio(node.heat)} of the ${isAnalyzed ? 'time' : 'estimated cost'}.`,
        measured,
      );
    if (
      node.misestimate !== null &&
      node.misestimate >= MISESTIMATED &&
      (node.actualRows ?? 0) + node.estimatedRows > 1_000
    )
      add(
        0.5 + node.heat,
        `${where} gave ${formatCount(Math.round(node.misestimate))} times ${(node.actualRows ?? 0) > node.estimatedRows ? 'more' : 'fewer'} rows than expected: ANALYZE the table; where columns depend on each other, CREATE STATISTICS.`,
        'likely',
      );
    if (node.type.startsWith('Nested Loop') && node.heat >= HOT && node.estimatedRows > MANY_ROWS)
      add(0.3 + node.heat, `${where} repeats its inner side for each of many rows.`, measured);
    const { planned, launched } = node.workers ?? { planned: 0, launched: null };
    if (launched !== null && launched < planned)
      add(
        0.5,
        `${where} got ${launched} of ${planned} parallel workers: others were busy with them (max_parallel_workers).`,
        'certain',
      );
    if (
      node.heapFetches !== null &&
      node.heapFetches > MANY_ROWS / 10 &&
      node.heapFetches > (node.actualRows ?? 0) / 10
    )
      add(
        0.3 + node.heat,
        `${where} looked ${formatCount(node.heapFetches)} rows up in the table although the index has all columns: VACUUM the table more often.`,
        'likely',
      );
    return found;
  });
  return [...tips, ...wholeTips(whole)]
    .sort((a, b) => b.weight - a.weight)
    .slice(0, MOST_TIPS)
    .map(({ text, confidence }) => ({ text, confidence }));
}

/** What is measured of a plan as a whole; null without ANALYZE. */
interface Measured {
  readonly executionMs: number | null;
  readonly planningMs: number | null;
  readonly jitMs: number | null;
  readonly triggers: StatementPlan['triggers'];
}

type WeighedTip = PlanTip & { readonly weight: number };

/** Of the execution time, from which on a part of it is worth a remark; and a time that nobody notices. */
const LARGE_PART = 0.25;
const UNNOTICED_MS = 5;

function wholeTips({ executionMs, planningMs, jitMs, triggers }: Measured): WeighedTip[] {
  if (executionMs === null || executionMs <= 0) return [];
  const tips: WeighedTip[] = [];
  const add = (partMs: number, text: string): void => {
    const part = partMs / executionMs;
    if (partMs > UNNOTICED_MS && part >= LARGE_PART)
      tips.push({ weight: 0.5 + Math.min(1, part), text, confidence: 'certain' });
  };
  if (jitMs !== null)
    add(
      jitMs,
      `Compiling (JIT) took ${formatDuration(jitMs)} of ${formatDuration(executionMs)}: for such statements raise jit_above_cost, or set jit = off.`,
    );
  for (const { name, calls, timeMs } of triggers)
    add(timeMs, `Trigger ${name} ran ${formatCount(calls)} times and took ${formatDuration(timeMs)}.`);
  if (planningMs !== null && planningMs > executionMs)
    add(
      planningMs,
      `Planning took ${formatDuration(planningMs)}, longer than running: a prepared statement is planned once.`,
    );
  return tips;
}
