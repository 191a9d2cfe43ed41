import { z } from 'zod';
import type { FactName } from '#shared/model/facts.ts';
import {
  INDEX_FLAG,
  type IndexDetail,
  type IndexedTable,
  type IndexFamily,
  type IndexFamilyDetail,
  type IndexMap,
  type IndexOverview,
  type IndexRow,
  type MissingIndex,
  type MissingIndexDetail,
  type RemovalPlan,
  type RemovalQuery,
  type RemovalRow,
  type ScriptPiece,
  type StatementAdvice,
} from '#shared/model/indexes.ts';
import type { GridPage, GridQuery, Insight } from '#shared/model/insight.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { BloatRow } from '#shared/model/vacuum.ts';
import type { Abortable } from '#engine/engine.ts';
import { mapRows } from '#engine/collect/yielding.ts';
import { EngineError } from '#engine/errors.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';
import { type Grid, gridPage, oncePer } from '../grid.ts';
import { bloatRows } from '../vacuum/bloat.ts';
import { indexDetail } from './detail.ts';
import { familyDetail, familyGrid } from './families.ts';
import { missingDetail, missingIndexes } from './missing.ts';
import { indexModel, indexNamed } from './model.ts';
import { indexOverview, RARE_SCANS } from './overview.ts';
import { type PlannedRemovals, planRemovals, type ScriptKind } from './removal-plan.ts';
import { type ScanRate, scanRates } from './scan-rates.ts';
import { adviseStatements } from './statement-advice.ts';
import { indexedTables } from './tables.ts';
import { indexMap } from './use-map.ts';

const NEEDS: readonly FactName[] = [
  'tables',
  'indexes',
  'columns',
  'constraints',
  'replicationClients',
  'replicationSlots',
  'progress',
  'activity',
  'extensions',
];
/** Read when somebody looks at bloat; as the vacuum page does, so that both share one estimate. */
const BLOAT_NEEDS: readonly FactName[] = ['tables', 'indexes', 'columns', 'columnStatistics', 'types'];
/** Read when somebody looks at one missing index. */
const STATEMENT_NEEDS: readonly FactName[] = ['tables', 'indexes', 'columns', 'statements'];
const TOPIC = 'standby-check';
const checkedSchema = z.strictObject({ at: z.string() });

type View = 'all' | 'unused' | 'removable' | 'rare' | 'used' | 'invalid';
type OfConnection = { readonly connectionId: string };
type OfOne = OfConnection & { readonly oid: number };

/** Which to add, drop, merge or keep? */
export function indexesTopic(context: InsightContext) {
  const inMemory = async (
    { connectionId }: OfConnection,
    options: Abortable,
    needs: readonly FactName[] = NEEDS,
  ): Promise<Snapshot> => (await context.facts({ connectionId }, needs, options)).snapshot;

  const standbysCheckedAt = async ({ connectionId }: OfConnection, options: Abortable) =>
    context.profiles.read(await context.identity(connectionId, options), TOPIC, checkedSchema)?.at ?? null;

  const ratesOf = async (
    { connectionId }: OfConnection,
    snapshot: Snapshot,
    options: Abortable,
  ): Promise<(row: IndexRates) => ScanRate> => {
    const known = memory(snapshot);
    known.rates ??= scanRates(snapshot, context.history, await context.identity(connectionId, options));
    return known.rates;
  };

  const rowsOf = async (
    request: OfConnection,
    snapshot: Snapshot,
    options: Abortable,
  ): Promise<readonly IndexRow[]> => {
    const known = memory(snapshot);
    if (known.rows) return known.rows;
    const [{ rows }, rateOf] = [await indexModel(snapshot), await ratesOf(request, snapshot, options)];
    known.rows ??= await mapRows(rows, (row) => ({ ...row, scansPerDay: rateOf(row).scansPerDay }));
    return known.rows;
  };

  const removalsOf = async (
    request: OfConnection & RemovalQuery,
    options: Abortable,
  ): Promise<PlannedRemovals> => {
    const snapshot = await inMemory(request, options);
    const checkedAt = await standbysCheckedAt(request, options);
    const { plans } = memory(snapshot);
    const key = `${request.withUnproven} ${checkedAt}`;
    const plan =
      plans.get(key) ??
      planRemovals(snapshot, await indexModel(snapshot), {
        withUnproven: request.withUnproven,
        standbysCheckedAt: checkedAt,
      });
    plans.set(key, plan);
    return plan;
  };

  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<IndexOverview>> => {
      const view = await context.facts(request, NEEDS, options);
      const checkedAt = await standbysCheckedAt(request, options);
      const overview = await indexOverview(view.snapshot);
      return insightOf(view, () => ({ ...overview, standbysCheckedAt: checkedAt }));
    },
    list: async (
      request: GridQuery & OfConnection & { view: View; tableOid: number | null },
      options: Abortable,
    ): Promise<GridPage<IndexRow>> => {
      const snapshot = await inMemory(request, options);
      const rows = await rowsOf(request, snapshot, options);
      const grids = gridsOf(rows);
      const key = `${request.view} ${request.tableOid}`;
      let grid = grids.get(key);
      if (!grid) {
        const { catalog } = await indexModel(snapshot);
        grid = gridOf(rows, request.view, (row) => {
          return request.tableOid === null || catalog.index(row.oid)?.tableOid === request.tableOid;
        });
        grids.set(key, grid);
      }
      return gridPage(grid, request);
    },
    detail: async (request: OfOne, options: Abortable): Promise<IndexDetail> => {
      const snapshot = await inMemory(request, options);
      const model = await indexModel(snapshot);
      const rateOf = await ratesOf(request, snapshot, options);
      const { row } = indexNamed(model, request.oid);
      return indexDetail(snapshot, model, { oid: request.oid, ...rateOf(row) });
    },
    tables: async (request: GridQuery & OfConnection, options: Abortable): Promise<GridPage<IndexedTable>> =>
      gridPage(tableGrid(await indexedTables(await inMemory(request, options))), request),
    table: async (request: OfOne, options: Abortable): Promise<IndexedTable> => {
      const tables = await indexedTables(await inMemory(request, options));
      const table = tables.find((candidate) => candidate.oid === request.oid);
      if (!table)
        throw new EngineError('NOT_FOUND', 'This table has no index, or is gone.', 'Read the page again.');
      return table;
    },
    families: async (request: GridQuery & OfConnection, options: Abortable): Promise<GridPage<IndexFamily>> =>
      gridPage(await familyGrid(await inMemory(request, options)), request),
    family: async (request: OfOne, options: Abortable): Promise<IndexFamilyDetail> =>
      familyDetail(await inMemory(request, options), request.oid),
    missing: async (request: GridQuery & OfConnection, options: Abortable): Promise<GridPage<MissingIndex>> =>
      gridPage(await missingIndexes(await inMemory(request, options)), request),
    missingDetail: async (
      request: OfConnection & { key: string },
      options: Abortable,
    ): Promise<MissingIndexDetail> => {
      const snapshot = await inMemory(request, options);
      const withStatements = await inMemory(request, options, STATEMENT_NEEDS);
      return missingDetail(snapshot, request.key, withStatements);
    },
    statementAdvice: async (request: OfConnection, options: Abortable): Promise<StatementAdvice> => {
      const { catalog } = await indexModel(await inMemory(request, options));
      const snapshot = await inMemory(request, options, STATEMENT_NEEDS);
      return context.withSession(
        request.connectionId,
        (session) => adviseStatements(session, snapshot, catalog, options.signal),
        options,
      );
    },
    bloated: async (request: GridQuery & OfConnection, options: Abortable): Promise<GridPage<BloatRow>> =>
      gridPage(bloatGrid(await inMemory(request, options, BLOAT_NEEDS)), request),
    map: async (request: OfConnection, options: Abortable): Promise<IndexMap> =>
      indexMap(await indexModel(await inMemory(request, options))),
    removalPlan: async (request: OfConnection & RemovalQuery, options: Abortable): Promise<RemovalPlan> =>
      (await removalsOf(request, options)).summary,
    removals: async (
      request: GridQuery & OfConnection & RemovalQuery,
      options: Abortable,
    ): Promise<GridPage<RemovalRow>> => gridPage((await removalsOf(request, options)).grid, request),
    removalScript: async (
      request: OfConnection & RemovalQuery & { which: ScriptKind; from: number },
      options: Abortable,
    ): Promise<ScriptPiece> => (await removalsOf(request, options)).script(request.which, request.from),
    confirmStandbys: async ({ connectionId }: OfConnection, options: Abortable): Promise<void> =>
      context.profiles.write(await context.identity(connectionId, options), TOPIC, {
        at: new Date().toISOString(),
      }),
  };
}

type IndexRates = Parameters<ReturnType<typeof scanRates>>[0];

/** What is made of a snapshot with the help of more than the snapshot; gone with it. */
const memory = oncePer(
  (
    _snapshot: Snapshot,
  ): {
    rates: ((row: IndexRates) => ScanRate) | null;
    rows: readonly IndexRow[] | null;
    readonly plans: Map<string, Promise<PlannedRemovals>>;
  } => ({ rates: null, rows: null, plans: new Map() }),
);

const gridsOf = oncePer((_rows: readonly IndexRow[]) => new Map<string, Grid<IndexRow>>());

function gridOf(
  rows: readonly IndexRow[],
  view: View,
  isOfTable: (row: IndexRow) => boolean,
): Grid<IndexRow> {
  return {
    rows: rows.filter((row) => isIn(row, view) && isOfTable(row)),
    text: (row) => `${row.schema}.${row.table} ${row.name} ${row.columns}`,
  };
}

const tableGrid = oncePer(
  (rows: readonly IndexedTable[]): Grid<IndexedTable> => ({
    rows,
    text: (row) => `${row.schema}.${row.name}`,
  }),
);

const bloatGrid = oncePer(
  (snapshot: Snapshot): Grid<BloatRow> => ({
    rows: bloatRows(snapshot).filter((row) => row.kind === 'index'),
    text: (row) => `${row.schema}.${row.table ?? ''}.${row.name}`,
  }),
);

function isIn(row: IndexRow, view: View): boolean {
  switch (view) {
    case 'unused':
      return (row.flags & INDEX_FLAG.neverScanned) !== 0;
    case 'removable':
      return (row.flags & INDEX_FLAG.removable) !== 0;
    case 'rare':
      return row.scans > 0 && row.scans < RARE_SCANS;
    case 'used':
      return row.scans > 0;
    case 'invalid':
      return (row.flags & INDEX_FLAG.invalid) !== 0;
    case 'all':
      return true;
  }
}
