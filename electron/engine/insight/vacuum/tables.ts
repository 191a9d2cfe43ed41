import type { TableFact } from '#shared/model/facts.ts';
import { formatCount } from '#shared/model/format.ts';
import type { Fix } from '#shared/model/finding.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { DeadRowsLevel, VacuumTableDetail, VacuumTableRow } from '#shared/model/vacuum.ts';
import { autovacuumTrigger } from '#engine/audit/autovacuum-trigger.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { deadRowsLevel, holderFor, readDeadRows } from '#engine/audit/dead-rows.ts';
import { analyzeTable, setTableOptions, vacuumTable } from '#engine/audit/fixes.ts';
import { describeHolder, xminHolders } from '#engine/audit/xmin-holders.ts';
import { EngineError } from '#engine/errors.ts';
import { oncePer } from '../grid.ts';

const LEVELS: readonly DeadRowsLevel[] = ['none', 'moderate', 'high', 'critical'];
/** A rewrite of the trigger pays where the standard one waits for this many dead rows. */
const LATE_ROWS = 100_000;

export const catalogOf = oncePer((snapshot: Snapshot) => new Catalog(snapshot.facts));

/** Tables that vacuuming is about: partitioned parents and foreign tables hold no rows. */
export const vacuumedTables = oncePer((snapshot: Snapshot): readonly TableFact[] =>
  (snapshot.facts.tables ?? []).filter((t) => t.kind === 'r' || t.kind === 'm'),
);

/** One row per table; pure over one snapshot. */
export const tableRows = oncePer((snapshot: Snapshot): readonly VacuumTableRow[] => {
  const catalog = catalogOf(snapshot);
  const { versionNum } = snapshot.facts.server;
  return vacuumedTables(snapshot).map((table) => {
    const dead = readDeadRows(table, catalog, versionNum);
    const level = deadRowsLevel(dead.percent);
    return {
      oid: table.oid,
      schema: table.schema,
      name: table.name,
      isMatview: table.kind === 'm',
      liveRows: table.liveRows,
      deadRows: table.deadRows,
      deadPercent: dead.percent,
      level,
      levelOrder: LEVELS.indexOf(level),
      triggerRows: dead.trigger.deadRows,
      ofTriggerPercent: (table.deadRows / Math.max(1, dead.trigger.deadRows)) * 100,
      next: nextVacuum(table, catalog, versionNum),
      sizeBytes: table.sizeBytes,
      lastVacuumAt: dead.lastVacuumAt,
      lastVacuumBy: dead.lastVacuumBy,
      lastAnalyzeAt: later(table.lastAnalyzeAt, table.lastAutoanalyzeAt),
      xidAge: table.frozenXidAge,
      mxidAge: table.minMxidAge,
      hotPercent: table.updated > 0 ? (table.hotUpdated / table.updated) * 100 : null,
    };
  });
});

/** When autovacuum will act, in words: by its own triggers, whichever comes first. */
function nextVacuum(table: TableFact, catalog: Catalog, versionNum: number): string {
  const trigger = autovacuumTrigger(table, catalog, versionNum);
  const isOn = catalog.setting('autovacuum')?.setting !== 'off';
  if (!isOn) return 'autovacuum is off';
  if (!trigger.isEnabled) return 'off for this table';
  if (table.deadRows > trigger.deadRows) return 'due now';
  if (trigger.insertedRows !== null && table.insertedSinceVacuum > trigger.insertedRows)
    return 'due now (inserts)';
  return `after ${formatCount(trigger.deadRows - table.deadRows + 1)} more dead rows`;
}

/** All about one table; throws NOT_FOUND where it was not there when the facts were read. */
export function tableDetail(snapshot: Snapshot, oid: number): VacuumTableDetail {
  const table = vacuumedTables(snapshot).find((t) => t.oid === oid);
  if (!table) throw new EngineError('NOT_FOUND', 'This table is gone.', 'Read the page again.');
  const catalog = catalogOf(snapshot);
  const { server } = snapshot.facts;
  const trigger = autovacuumTrigger(table, catalog, server.versionNum);
  const holder = holderFor(xminHolders(snapshot.facts), server.database, 0);
  return {
    name: catalog.label(table),
    deadRows: table.deadRows,
    triggerRows: trigger.deadRows,
    formula: trigger.formula(),
    isEnabled: trigger.isEnabled,
    insertedRows: table.insertedSinceVacuum,
    insertTriggerRows: trigger.insertedRows,
    modifiedRows: table.modifiedSinceAnalyze,
    analyzeTriggerRows: trigger.analyzeRows,
    counts: {
      vacuum: table.vacuumCount,
      autovacuum: table.autovacuumCount,
      analyze: table.analyzeCount,
      autoanalyze: table.autoanalyzeCount,
    },
    options: table.options,
    holder: holder ? describeHolder(holder) : null,
    fixes: fixesFor(table, catalog, trigger.deadRows),
  };
}

function fixesFor(table: TableFact, catalog: Catalog, triggerRows: number): Fix[] {
  const tuned = tunedOptions(table, triggerRows);
  return [
    ...(table.deadRows > 0 ? [vacuumTable(table, catalog, 'ANALYZE')] : []),
    ...(table.modifiedSinceAnalyze > 0 ? [analyzeTable(table, catalog)] : []),
    ...(tuned
      ? [setTableOptions(table, tuned, catalog, ['Shorter runs, sooner: less bloat between them.'])]
      : []),
  ];
}

/** 1 % of a large table instead of the standard 20 %; null where the trigger is early enough. */
export function tunedOptions(table: TableFact, triggerRows: number): Readonly<Record<string, string>> | null {
  if (triggerRows < LATE_ROWS || table.updated + table.deleted === 0) return null;
  return { autovacuum_vacuum_scale_factor: '0.01', autovacuum_vacuum_threshold: '1000' };
}

function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return Date.parse(a) >= Date.parse(b) ? a : b;
}
