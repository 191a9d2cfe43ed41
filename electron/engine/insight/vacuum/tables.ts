import type { TableFact } from '#shared/model/facts.ts';
import { formatPercent } from '#shared/model/format.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { ActionOf } from '#shared/model/plan-request.ts';
import type {
  AdvisedFix,
  DeadRowsLevel,
  TableParameter,
  VacuumTableDetail,
  VacuumTableRow,
} from '#shared/model/vacuum.ts';
import { autovacuumTrigger } from '#engine/audit/autovacuum-trigger.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { deadRowsLevel, holderFor, readDeadRows } from '#engine/audit/dead-rows.ts';
import { analyzeTable, vacuumTable } from '#engine/audit/fixes.ts';
import { fillFactorOf, hotPercent, leaveRoom, roomOptions } from '#engine/audit/hot-updates.ts';
import { changeTableOptions, tableOptionNames } from '#engine/audit/table-options.ts';
import { describeHolder, xminHolders } from '#engine/audit/xmin-holders.ts';
import { EngineError } from '#engine/errors.ts';
import { oncePer } from '../grid.ts';
import { later } from '../instants.ts';
import { nextOrder, nextVacuum } from './next.ts';
import { paceOf, type Since } from './pace.ts';

const LEVELS: readonly DeadRowsLevel[] = ['none', 'moderate', 'high', 'critical'];
/** A rewrite of the trigger pays where the standard one waits for this many dead rows. */
const LATE_ROWS = 100_000;

export const catalogOf = oncePer((snapshot: Snapshot) => new Catalog(snapshot.facts));

/** Tables that vacuuming is about: partitioned parents and foreign tables hold no rows. */
export const vacuumedTables = oncePer((snapshot: Snapshot): readonly TableFact[] =>
  (snapshot.facts.tables ?? []).filter((t) => t.kind === 'r' || t.kind === 'm'),
);

/** One row per table; pure over one snapshot and the sample that its pace is measured from, of which each has one. */
export function tableRows(snapshot: Snapshot, since: Since | null): readonly VacuumTableRow[] {
  return rowsOf(snapshot)(since);
}

const rowsOf = oncePer((snapshot: Snapshot) => {
  let rows: readonly VacuumTableRow[] | null = null;
  return (since: Since | null) => (rows ??= makeRows(snapshot, since));
});

function makeRows(snapshot: Snapshot, since: Since | null): VacuumTableRow[] {
  const catalog = catalogOf(snapshot);
  const { versionNum } = snapshot.facts.server;
  return vacuumedTables(snapshot).map((table) => {
    const dead = readDeadRows(table, catalog, versionNum);
    const level = deadRowsLevel(dead.percent);
    const next = nextVacuum(table, dead.trigger, catalog, paceOf(table, since));
    return {
      oid: table.oid,
      schema: table.schema,
      name: table.name,
      parent: parentOf(table, catalog),
      isMatview: table.kind === 'm',
      partitions: null,
      liveRows: table.liveRows,
      deadRows: table.deadRows,
      deadPercent: dead.percent,
      level,
      levelOrder: LEVELS.indexOf(level),
      triggerRows: dead.trigger.deadRows,
      ofTriggerPercent: (table.deadRows / Math.max(1, dead.trigger.deadRows)) * 100,
      next,
      nextOrder: nextOrder(next),
      sizeBytes: table.sizeBytes,
      hotPercent: hotPercent(table),
      lastVacuumAt: dead.lastVacuumAt,
      lastVacuumBy: dead.lastVacuumBy,
      lastAnalyzeAt: later(table.lastAnalyzeAt, table.lastAutoanalyzeAt),
    };
  });
}

/** The partitioned or inherited table that a table belongs to. */
export function parentOf(table: TableFact, catalog: Catalog): string | null {
  const parent = catalog.table(table.parentOid);
  return parent ? catalog.label(parent) : null;
}

/** All about one table; throws NOT_FOUND where it was not there when the facts were read. */
export function tableDetail(snapshot: Snapshot, oid: number, since: Since | null): VacuumTableDetail {
  const table = vacuumedTables(snapshot).find((t) => t.oid === oid);
  if (!table) throw new EngineError('NOT_FOUND', 'This table is gone.', 'Read the page again.');
  const catalog = catalogOf(snapshot);
  const { server } = snapshot.facts;
  const trigger = autovacuumTrigger(table, catalog, server.versionNum);
  const holder = holderFor(xminHolders(snapshot.facts), server.database, 0);
  const pace = paceOf(table, since);
  const next = nextVacuum(table, trigger, catalog, pace);
  return {
    name: catalog.label(table),
    parent: parentOf(table, catalog),
    next,
    pace: next.state === 'waiting' && next.inMs !== null ? (pace?.window ?? null) : null,
    updated: table.updated,
    hotPercent: hotPercent(table),
    deadRows: table.deadRows,
    triggerRows: trigger.deadRows,
    formula: trigger.formula(),
    isEnabled: trigger.isEnabled,
    insertedRows: table.insertedSinceVacuum,
    insertTriggerRows: trigger.insertedRows,
    insertFormula: trigger.insertFormula(),
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
    parameters: parametersOf(table, trigger.deadRows, server.versionNum),
    fixes: fixesFor(table, catalog, trigger.deadRows),
  };
}

function fixesFor(table: TableFact, catalog: Catalog, triggerRows: number): AdvisedFix[] {
  const tables = [table.oid];
  const tuned = tunedOptions(table, triggerRows);
  const fixes: AdvisedFix[] = [];
  if (table.deadRows > 0) {
    fixes.push({
      fix: vacuumTable(table, catalog, 'ANALYZE'),
      request: { verb: 'vacuum', tables, mode: 'analyze' },
    });
  }
  if (table.modifiedSinceAnalyze > 0)
    fixes.push({ fix: analyzeTable(table, catalog), request: { verb: 'analyze', tables } });
  if (tuned) {
    fixes.push({
      fix: changeTableOptions(table, tuned, catalog, ['Shorter runs, sooner: less bloat between them.']),
      request: optionsRequest(table, tuned),
    });
  }
  if (lacksHot(table)) {
    fixes.push({
      fix: leaveRoom(table, catalog, [whyRoom(table)]),
      request: optionsRequest(table, roomOptions(table)),
    });
  }
  return fixes;
}

export function optionsRequest(
  { oid }: TableFact,
  options: Readonly<Record<string, string>>,
): ActionOf<'table-options'> {
  return { verb: 'table-options', table: oid, options };
}

/** What is advised comes first, then what the table has of its own. */
function parametersOf(table: TableFact, triggerRows: number, versionNum: number): TableParameter[] {
  const advised: Readonly<Record<string, string>> = {
    ...tunedOptions(table, triggerRows),
    ...(lacksHot(table) ? roomOptions(table) : {}),
  };
  const names = tableOptionNames(versionNum, table.toastOid !== null);
  const own = Object.keys(table.options);
  return [...new Set([...Object.keys(advised), ...own, ...names])].map((name) => ({
    name,
    own: table.options[name] ?? null,
    advised: advised[name] ?? null,
  }));
}

/** Below this number of updates a share of HOT ones says little; as the check hot-updates-blocked has it. */
const MUCH_UPDATED = 10_000;
const FEW_HOT_PERCENT = 50;

/** Much updated, seldom HOT, and filled to the brim: room on the pages may help. */
export function lacksHot(table: TableFact): boolean {
  const percent = hotPercent(table);
  return (
    table.kind === 'r' &&
    table.updated >= MUCH_UPDATED &&
    percent !== null &&
    percent < FEW_HOT_PERCENT &&
    fillFactorOf(table) === 100 &&
    // From 16 on the server counts who found no room; where few did, an indexed column changes, and room is no help.
    (table.newPageUpdated === null || table.newPageUpdated / table.updated >= 0.3)
  );
}

export function whyRoom(table: TableFact): string {
  return table.newPageUpdated === null
    ? 'Helps where pages are full; not where an indexed column changes, which this version does not tell apart.'
    : `${formatPercent((table.newPageUpdated / table.updated) * 100)} of its updates found no room on their page.`;
}

/** 1 % of a large table instead of the standard 20 %; null where the trigger is early enough. */
export function tunedOptions(table: TableFact, triggerRows: number): Readonly<Record<string, string>> | null {
  if (triggerRows < LATE_ROWS || table.updated + table.deleted === 0) return null;
  return { autovacuum_vacuum_scale_factor: '0.01', autovacuum_vacuum_threshold: '1000' };
}
