import type { DatabaseFact, TableFact } from '#shared/model/facts.ts';
import type { Severity } from '#shared/model/finding.ts';
import type { Catalog } from './catalog.ts';
import type { CheckContext } from './check.ts';
import type { XminHolder } from './xmin-holders.ts';

/** What transaction IDs and multixact IDs have in common: both are 32 bits wide and must be frozen in time. */
export interface FreezeKind {
  /** "transactions": what ages are counted in. */
  readonly unit: string;
  readonly heapAge: (table: TableFact) => number | null;
  readonly toastAge: (table: TableFact) => number | null;
  readonly databaseAge: (database: DatabaseFact) => number;
  readonly freezeMax: { readonly setting: string; readonly builtIn: number };
  /** Absent before 14. */
  readonly failsafeSetting: string;
  /** Replication slots hold back transaction IDs only. */
  readonly isHeldBy: (holder: XminHolder) => boolean;
}

export const FREEZE_THRESHOLDS = {
  /** Times the effective autovacuum_freeze_max_age. */
  mediumTimesFreezeMaxAge: 1.25,
  /** Percent of 2^31, where PostgreSQL refuses to assign further IDs. */
  highPercent: 50,
  criticalPercent: 75,
  highFailsafePercent: 80,
  /** More tables than this are summed up on their database. */
  tablesListedCount: 20,
} as const;

/** Where PostgreSQL has no IDs left; it refuses to go on some millions earlier. */
export const ID_LIMIT = 2 ** 31;

export interface FreezeLadder {
  readonly serverFreezeMax: number;
  readonly failsafe: number | null;
  severity(age: number, freezeMax: number): Severity | null;
}

export interface FreezePart {
  readonly table: TableFact;
  readonly part: 'table' | 'TOAST table';
  readonly age: number;
  readonly severity: Severity;
  readonly freezeMax: number;
  readonly failsafe: number | null;
}

export function createLadder(
  kind: FreezeKind,
  { catalog, limit }: Pick<CheckContext, 'catalog' | 'limit'>,
): FreezeLadder {
  const serverFreezeMax = catalog.numericSetting(kind.freezeMax.setting) ?? kind.freezeMax.builtIn;
  const set = catalog.numericSetting(kind.failsafeSetting);
  // VACUUM itself never lets the failsafe start below 105 % of the freeze age.
  const failsafe = set === null ? null : Math.max(set, 1.05 * serverFreezeMax);
  return {
    serverFreezeMax,
    failsafe,
    severity(age, freezeMax) {
      const percent = (age / ID_LIMIT) * 100;
      const isOverdue = age >= limit('mediumTimesFreezeMaxAge') * freezeMax;
      if (percent >= limit('criticalPercent')) return 'critical';
      if (percent >= limit('highPercent')) return 'high';
      if (failsafe !== null && isOverdue && age >= (limit('highFailsafePercent') / 100) * failsafe)
        return 'high';
      return isOverdue ? 'medium' : null;
    },
  };
}

/** The part of a table, heap or TOAST, that is worse off, where either is a finding. */
export function oldestPart(
  table: TableFact,
  kind: FreezeKind,
  ladder: FreezeLadder,
  catalog: Catalog,
): FreezePart[] {
  const parts: FreezePart[] = [];
  const add = (part: FreezePart['part'], age: number | null): void => {
    if (age === null) return;
    const freezeMax = freezeMaxOf(table, part, kind, ladder);
    const severity = ladder.severity(age, freezeMax);
    if (severity === null) return;
    // Overdue but a VACUUM is on it: that is the cure at work.
    if (severity === 'medium' && isBeingVacuumed(table, catalog)) return;
    parts.push({ table, part, age, severity, freezeMax, failsafe: ladder.failsafe });
  };
  add('table', kind.heapAge(table));
  add('TOAST table', kind.toastAge(table));
  return parts.sort((a, b) => b.age / b.freezeMax - a.age / a.freezeMax).slice(0, 1);
}

/** The age at which autovacuum starts by force on a table or its TOAST table, whatever else is set. */
export function freezeMaxOf(
  table: TableFact,
  part: FreezePart['part'],
  kind: FreezeKind,
  { serverFreezeMax }: FreezeLadder,
): number {
  // A TOAST table with options of its own ignores those of its table altogether (autovacuum.c).
  const isApart =
    part === 'TOAST table' && Object.keys(table.options).some((name) => name.startsWith('toast.'));
  const own = Number(table.options[(isApart ? 'toast.' : '') + kind.freezeMax.setting] ?? Number.NaN);
  // A table can only lower the limit: https://www.postgresql.org/docs/current/sql-createtable.html
  return Number.isFinite(own) ? Math.min(own, serverFreezeMax) : serverFreezeMax;
}

export function isBeingVacuumed(table: TableFact, catalog: Catalog): boolean {
  const progress = catalog.progressOn(table.oid) ?? catalog.progressOn(table.toastOid ?? -1);
  return progress?.command === 'vacuum';
}
