import type { TableFact } from '#shared/model/facts.ts';
import type { Severity } from '#shared/model/finding.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { FreezeLevel, FreezeTableRow, VacuumOverview } from '#shared/model/vacuum.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { MULTIXACTS, TRANSACTIONS } from '#engine/audit/freeze-kinds.ts';
import {
  createLadder,
  FREEZE_THRESHOLDS,
  type FreezeKind,
  type FreezeLadder,
  freezeMaxOf,
} from '#engine/audit/freeze-ladder.ts';
import { catalogOf, parentOf, vacuumedTables } from './tables.ts';

type Part = FreezeTableRow['part'];
const LEVELS: readonly FreezeLevel[] = ['fine', 'forced', 'overdue', 'urgent', 'critical'];

/** Freeze ages of every table and TOAST table against their own limits, by the ladder of the audit. */
export function freezeRows(snapshot: Snapshot): FreezeTableRow[] {
  const catalog = catalogOf(snapshot);
  const ladders = [TRANSACTIONS, MULTIXACTS].map((kind) => ladderOf(kind, catalog));
  const [transactions, multixacts] = ladders;
  if (!transactions || !multixacts) return [];
  return vacuumedTables(snapshot).flatMap((table) =>
    (['table', 'TOAST table'] as const).flatMap((part) => {
      const xid = ageOf(table, part, TRANSACTIONS, transactions);
      const mxid = ageOf(table, part, MULTIXACTS, multixacts);
      if (!xid || !mxid) return [];
      const level = LEVELS[Math.max(xid.order, mxid.order)] ?? 'fine';
      return [
        {
          id: `${table.oid} ${part}`,
          oid: table.oid,
          schema: table.schema,
          name: table.name,
          parent: parentOf(table, catalog),
          part,
          level,
          levelOrder: LEVELS.indexOf(level),
          xidAge: xid.age,
          xidLimit: xid.limit,
          xidPercent: (xid.age / xid.limit) * 100,
          mxidAge: mxid.age,
          mxidLimit: mxid.limit,
          mxidPercent: (mxid.age / mxid.limit) * 100,
        },
      ];
    }),
  );
}

/** From which age on a VACUUM leaves out cost limits and indexes; never below 105 % of the freeze age. */
export function failsafeAges(catalog: Catalog): VacuumOverview['failsafe'] {
  return {
    xidAge: ladderOf(TRANSACTIONS, catalog).failsafe,
    mxidAge: ladderOf(MULTIXACTS, catalog).failsafe,
  };
}

const THRESHOLDS: Readonly<Record<string, number>> = FREEZE_THRESHOLDS;

function ladderOf(kind: FreezeKind, catalog: Catalog): FreezeLadder {
  return createLadder(kind, { catalog, limit: (name) => THRESHOLDS[name] ?? 0 });
}

function ageOf(
  table: TableFact,
  part: Part,
  kind: FreezeKind,
  ladder: FreezeLadder,
): { readonly age: number; readonly limit: number; readonly order: number } | null {
  const age = part === 'table' ? kind.heapAge(table) : kind.toastAge(table);
  if (age === null) return null;
  const limit = freezeMaxOf(table, part, kind, ladder);
  const severity = ladder.severity(age, limit);
  const level = severity === null ? (age >= limit ? 'forced' : 'fine') : (LEVEL_OF[severity] ?? 'overdue');
  return { age, limit, order: LEVELS.indexOf(level) };
}

const LEVEL_OF: Readonly<Partial<Record<Severity, FreezeLevel>>> = {
  medium: 'overdue',
  high: 'urgent',
  critical: 'critical',
};
