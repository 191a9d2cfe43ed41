import type { TableFact } from '#shared/model/facts.ts';
import type { Evidence } from '#shared/model/finding.ts';
import type { DeadRowsLevel } from '#shared/model/vacuum.ts';
import { type AutovacuumTrigger, autovacuumTrigger } from './autovacuum-trigger.ts';
import type { Catalog } from './catalog.ts';
import { describeHolder, type XminHolder } from './xmin-holders.ts';

export type { DeadRowsLevel };

/** Below `moderatePercent` a share is no concern. Percent of live and dead rows together. */
export const DEAD_ROWS_LEVELS = { moderatePercent: 5, highPercent: 20, criticalPercent: 50 } as const;

export function deadRowsLevel(
  percent: number,
  limits: Readonly<Record<keyof typeof DEAD_ROWS_LEVELS, number>> = DEAD_ROWS_LEVELS,
): DeadRowsLevel {
  if (percent >= limits.criticalPercent) return 'critical';
  if (percent >= limits.highPercent) return 'high';
  return percent >= limits.moderatePercent ? 'moderate' : 'none';
}

/** dead / (live + dead), 0–100; 0 for a table without rows. */
export function deadPercent(table: TableFact): number {
  const total = table.liveRows + table.deadRows;
  return total > 0 ? (table.deadRows / total) * 100 : 0;
}

/** What the counters tell about a table's dead rows. */
export interface DeadRows {
  /** dead / (live + dead), 0–100; 0 for a table without rows. */
  readonly percent: number;
  readonly trigger: AutovacuumTrigger;
  readonly isOverTrigger: boolean;
  /** Manually or by autovacuum, as far as the counters reach back. */
  readonly wasVacuumed: boolean;
  /** The later of the manual and the automatic run. */
  readonly lastVacuumAt: string | null;
  readonly lastVacuumBy: 'autovacuum' | 'VACUUM' | null;
}

export function readDeadRows(table: TableFact, catalog: Catalog, versionNum: number): DeadRows {
  const trigger = autovacuumTrigger(table, catalog, versionNum);
  const manual = table.lastVacuumAt ?? '';
  const auto = table.lastAutovacuumAt ?? '';
  const isAutoLater = auto !== '' && (manual === '' || Date.parse(auto) > Date.parse(manual));
  const lastVacuumAt = (isAutoLater ? auto : manual) || null;
  return {
    percent: deadPercent(table),
    trigger,
    isOverTrigger: table.deadRows > trigger.deadRows,
    wasVacuumed: lastVacuumAt !== null || table.vacuumCount > 0 || table.autovacuumCount > 0,
    lastVacuumAt,
    lastVacuumBy: lastVacuumAt === null ? null : isAutoLater ? 'autovacuum' : 'VACUUM',
  };
}

export function deadRowsEvidence(table: TableFact, dead: DeadRows, holder: XminHolder | undefined): Evidence {
  return {
    level: deadRowsLevel(dead.percent),
    deadPercent: Math.round(dead.percent * 100) / 100,
    deadRows: table.deadRows,
    liveRows: table.liveRows,
    autovacuumStartsAtRows: dead.trigger.deadRows,
    autovacuumFormula: dead.trigger.formula(),
    autovacuumEnabled: dead.trigger.isEnabled,
    lastVacuumAt: dead.lastVacuumAt,
    lastVacuumBy: dead.lastVacuumBy,
    sizeBytes: table.sizeBytes,
    blocker: holder ? describeHolder(holder) : 'none seen',
  };
}

/** The oldest holder that keeps rows of this database, where it is old enough to matter. */
export function holderFor(
  holders: readonly XminHolder[],
  database: string,
  minimumAgeXids: number,
): XminHolder | undefined {
  return holders.find((h) => (h.database === null || h.database === database) && h.ageXids >= minimumAgeXids);
}

export function holderNotes(holder: XminHolder | undefined): string[] {
  return holder ? [`First: ${describeHolder(holder)}; what it can still see stays until it ends.`] : [];
}
