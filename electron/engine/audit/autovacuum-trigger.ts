import type { TableFact } from '#shared/model/facts.ts';
import { formatCount } from '#shared/model/format.ts';
import type { Catalog } from './catalog.ts';

/** When autovacuum will work on a table, by its own effective settings. */
export interface AutovacuumTrigger {
  /** False where the table's option switches it off; it still runs against wraparound. */
  readonly isEnabled: boolean;
  /** VACUUM starts once there are more dead rows than this. */
  readonly deadRows: number;
  /**
   * VACUUM starts once more rows than this were inserted since the last one; null = switched off. An upper bound on
   * 18+, where only the part of the table that is not yet frozen counts and we don't know that part.
   */
  readonly insertedRows: number | null;
  /** ANALYZE starts once more rows than this changed. */
  readonly analyzeRows: number;
  /** The dead-row rule in numbers: "50 + 0.2 × 2,772 rows". Made on demand: formatting it for 10,000 tables takes 200 ms. */
  readonly formula: () => string;
  /** Options of the table itself take part. */
  readonly isTuned: boolean;
}

/**
 * The thresholds of autovacuum for one table (rows), from its options over the server's settings, as
 * relation_needs_vacanalyze() computes them: https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM
 */
export function autovacuumTrigger(table: TableFact, catalog: Catalog, versionNum: number): AutovacuumTrigger {
  const effective = (name: string, builtIn: number): number => {
    const own = Number(table.options[name] ?? Number.NaN);
    return Number.isFinite(own) ? own : (catalog.numericSetting(name) ?? builtIn);
  };
  // A table never vacuumed or analysed counts as empty there, so that its first changes start a run.
  const rows = table.estimatedRows ?? 0;
  const base = effective('autovacuum_vacuum_threshold', 50);
  const factor = effective('autovacuum_vacuum_scale_factor', 0.2);
  const most = versionNum >= 180000 ? effective('autovacuum_vacuum_max_threshold', 100_000_000) : -1;
  const uncapped = base + factor * rows;
  const isCapped = most >= 0 && uncapped > most;
  const insertBase = effective('autovacuum_vacuum_insert_threshold', 1000);
  const insertFactor = effective('autovacuum_vacuum_insert_scale_factor', 0.2);
  return {
    isEnabled: !isSwitchedOff(table.options['autovacuum_enabled']),
    deadRows: Math.round(isCapped ? most : uncapped),
    insertedRows: insertBase < 0 ? null : Math.round(insertBase + insertFactor * rows),
    analyzeRows: Math.round(
      effective('autovacuum_analyze_threshold', 50) +
        effective('autovacuum_analyze_scale_factor', 0.1) * rows,
    ),
    formula: () =>
      `${formatCount(base)} + ${formatFactor(factor)} × ${formatCount(rows)} rows` +
      (isCapped ? `, capped at ${formatCount(most)}` : ''),
    isTuned: Object.keys(table.options).some((name) => name.startsWith('autovacuum_vacuum_')),
  };
}

/** Reads a boolean storage parameter as PostgreSQL does: any unambiguous beginning of false, no, off; or 0. */
export function isSwitchedOff(value: string | undefined): boolean {
  return value !== undefined && /^(?:f(?:a(?:l(?:se?)?)?)?|no?|off?|0)$/i.test(value);
}

/** 0.0001 must not become "0". */
function formatFactor(factor: number): string {
  return String(Number(factor.toPrecision(6)));
}
