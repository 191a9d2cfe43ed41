import type { Facts, IndexFact, TableFact } from '#shared/model/facts.ts';
import type { CheckContext } from './check.ts';
import { type KeepReason, type RemovalRules, removalRules } from './index-removal.ts';
import { type IndexTotals, indexTotals } from './index-roles.ts';
import { type Observation, observe } from './observation.ts';
import { type TableTotals, tableTotals } from './table-totals.ts';

/** What the counters say of one index. The tests are made in this order; the first that applies is the verdict. */
export type IndexUse =
  /** It may not go, used or not. */
  | { readonly verdict: 'kept'; readonly reason: KeepReason }
  /** Another index does the same or more: it may go whatever the counters say. */
  | { readonly verdict: 'replaced' }
  /** Too small to be worth a change. */
  | { readonly verdict: 'small index' }
  /** The planner reads so small a table without an index: no scans prove nothing. */
  | { readonly verdict: 'small table' }
  | { readonly verdict: 'used' }
  /** Never scanned, but counted for too short a time, or nobody knows for how long. */
  | { readonly verdict: 'young' }
  | Unused;

export interface Unused {
  readonly verdict: 'unused';
  readonly table: TableFact;
  readonly totals: IndexTotals;
  readonly tableTotals: TableTotals;
  /** Days without a scan, proven by counters of known age or by the last scan (16+). */
  readonly idleDays: number;
}

export interface IndexUseJudge {
  readonly rules: RemovalRules;
  readonly watched: Observation;
  useOf(index: IndexFact): IndexUse;
}

/**
 * Tells unused indexes from those that only seem so. `context` is that of the check unused-index, whose thresholds
 * `sizeBytes`, `tableRows` and `hintDays` apply; the check and the removal plan share it. Source: checks.md 2.2, 2.3.
 */
export function createIndexUseJudge(
  facts: Pick<Facts, 'indexes' | 'constraints' | 'server'>,
  context: CheckContext,
): IndexUseJudge {
  const { catalog, limit, nowMs } = context;
  const rules = removalRules(facts, catalog);
  const watched = observe(facts.server, context);
  const [sizeBytes, tableRows, hintDays] = [limit('sizeBytes'), limit('tableRows'), limit('hintDays')];
  return {
    rules,
    watched,
    useOf(index) {
      if (rules.plan.dropped.has(index.oid)) return { verdict: 'replaced' };
      const table = catalog.table(index.tableOid);
      // An index without a table we know of is nothing to judge.
      const reason = table ? rules.keepReason(index) : 'rule';
      if (!table || reason !== null) return { verdict: 'kept', reason: reason ?? 'rule' };
      const totals = indexTotals(index, catalog);
      const ofTable = tableTotals(table, catalog);
      if (totals.sizeBytes < sizeBytes) return { verdict: 'small index' };
      if (ofTable.rows !== null && ofTable.rows < tableRows) return { verdict: 'small table' };
      const lastDays = totals.lastScanAt ? (nowMs - Date.parse(totals.lastScanAt)) / 86_400_000 : null;
      if (totals.scans > 0 && lastDays === null) return { verdict: 'used' };
      const idleDays = totals.scans > 0 ? lastDays : watched.days;
      if (idleDays === null || idleDays < hintDays) return { verdict: totals.scans > 0 ? 'used' : 'young' };
      return { verdict: 'unused', table, totals, tableTotals: ofTable, idleDays };
    },
  };
}
