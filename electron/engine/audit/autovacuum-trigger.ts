import type { TableFact } from '#shared/model/facts.ts';
import { formatCount, formatPercent } from '#shared/model/format.ts';
import type { Catalog } from './catalog.ts';

/** When autovacuum will work on a table, by its own effective settings. */
export interface AutovacuumTrigger {
  /** False where the table's option switches it off; it still runs against wraparound. */
  readonly isEnabled: boolean;
  /** VACUUM starts once there are more dead rows than this. */
  readonly deadRows: number;
  /** VACUUM starts once more rows than this were inserted since the last one; null = switched off. */
  readonly insertedRows: number | null;
  /** ANALYZE starts once more rows than this changed. */
  readonly analyzeRows: number;
  /** The dead-row rule in numbers: "50 + 0.2 × 2,772 rows". Made on demand: formatting it for 10,000 tables takes 200 ms. */
  readonly formula: () => string;
  /** The rule for inserts in numbers; null = switched off. */
  readonly insertFormula: () => string | null;
  /** Options of the table itself take part. */
  readonly isTuned: boolean;
}

/**
 * The thresholds of autovacuum for one table (rows), from its options over the server's settings, as
 * relation_needs_vacanalyze() computes them: https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM
 * 18 caps the dead rows (autovacuum_vacuum_max_threshold) and takes of the inserts' share only what is not yet frozen.
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
  const uncapped = threshold(base, factor, rows);
  const isCapped = most >= 0 && uncapped > most;
  const insertBase = effective('autovacuum_vacuum_insert_threshold', 1000);
  const insertFactor = effective('autovacuum_vacuum_insert_scale_factor', 0.2);
  const unfrozen = unfrozenShare(table);
  return {
    isEnabled: !isSwitchedOff(table.options['autovacuum_enabled']),
    deadRows: isCapped ? most : uncapped,
    insertedRows: insertBase < 0 ? null : threshold(insertBase, insertFactor, rows, unfrozen),
    analyzeRows: threshold(
      effective('autovacuum_analyze_threshold', 50),
      effective('autovacuum_analyze_scale_factor', 0.1),
      rows,
    ),
    formula: () => `${formulaOf(base, factor, rows)}${isCapped ? `, capped at ${formatCount(most)}` : ''}`,
    insertFormula: () =>
      insertBase < 0
        ? null
        : `${formulaOf(insertBase, insertFactor, rows)}${
            unfrozen < 1 ? `, of which ${formatPercent(unfrozen * 100)} are not frozen` : ''
          }`,
    isTuned: Object.keys(table.options).some((name) => name.startsWith('autovacuum_vacuum_')),
  };
}

/** Reads a boolean storage parameter as PostgreSQL does: any unambiguous beginning of false, no, off; or 0. */
export function isSwitchedOff(value: string | undefined): boolean {
  return value !== undefined && /^(?:f(?:a(?:l(?:se?)?)?)?|no?|off?|0)$/i.test(value);
}

/**
 * The whole number that a count must exceed. Computed in single precision as the server does: 0.29 × 100 is 29 there,
 * and 28.999… in double.
 */
function threshold(base: number, factor: number, rows: number, share = 1): number {
  const { fround } = Math;
  return Math.floor(fround(fround(base) + fround(fround(fround(factor) * fround(rows)) * fround(share))));
}

/** Pages that still hold something to freeze, 0–1; 1 where the server does not keep count (before 18). */
function unfrozenShare({ allFrozenPages, pages }: TableFact): number {
  // Snapshots of older versions of PgVitals have no such figure.
  const frozen = allFrozenPages ?? 0;
  return pages > 0 && frozen > 0 ? 1 - Math.min(frozen, pages) / pages : 1;
}

function formulaOf(base: number, factor: number, rows: number): string {
  return `${formatCount(base)} + ${formatFactor(factor)} × ${formatCount(rows)} rows`;
}

/** 0.0001 must not become "0". */
function formatFactor(factor: number): string {
  return String(Number(factor.toPrecision(6)));
}
