import { formatBytes, formatCount, formatRatio } from '#shared/model/format.ts';
import type { PlanNode, PlanTip } from '#shared/model/queries.ts';

const MOST_TIPS = 3;
/** Below these a remark would be noise. */
const HOT = 0.2;
const MANY_ROWS = 10_000;
const MISESTIMATED = 10;

/** What stands out in a plan, most telling first. */
export function planTips(nodes: readonly PlanNode[], isAnalyzed: boolean): PlanTip[] {
  const measured = isAnalyzed ? ('certain' as const) : ('review' as const);
  const tips = nodes.flatMap((node): (PlanTip & { readonly weight: number })[] => {
    const where = node.on ? `${node.type} on ${node.on}` : node.type;
    const found: (PlanTip & { readonly weight: number })[] = [];
    const add = (weight: number, text: string, confidence: PlanTip['confidence']): void => {
      found.push({ text, confidence, weight });
    };
    if (node.spilledBytes !== null && node.spilledBytes > 0)
      add(
        0.9,
        `${where} spilled ${formatBytes(node.spilledBytes)} to disk: more work_mem for this statement keeps it in memory.`,
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
        `${where} gave ${formatCount(Math.round(node.misestimate))} times ${(node.actualRows ?? 0) > node.estimatedRows * (node.loops ?? 1) ? 'more' : 'fewer'} rows than expected: ANALYZE the table; where columns depend on each other, CREATE STATISTICS.`,
        'likely',
      );
    if (node.type.startsWith('Nested Loop') && node.heat >= HOT && node.estimatedRows > MANY_ROWS)
      add(0.3 + node.heat, `${where} repeats its inner side for each of many rows.`, measured);
    return found;
  });
  return tips
    .sort((a, b) => b.weight - a.weight)
    .slice(0, MOST_TIPS)
    .map(({ text, confidence }) => ({ text, confidence }));
}
