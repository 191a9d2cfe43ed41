import type { FactName } from '#shared/model/facts.ts';
import type { GridPage, GridQuery, Insight } from '#shared/model/insight.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type {
  BloatMeasured,
  BloatRow,
  FreezeTableRow,
  VacuumLog,
  VacuumOverview,
  VacuumTableDetail,
  VacuumTableRow,
} from '#shared/model/vacuum.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';
import { type Grid, gridPage, oncePer } from '../grid.ts';
import { bloatRows, measureBloat } from './bloat.ts';
import { vacuumOverview } from './overview.ts';
import { freezeRows } from './freeze.ts';
import { readVacuumLog } from './log.ts';
import { type Since, sinceSample } from './pace.ts';
import { partitionTrees, summedRows } from './partition-sums.ts';
import { tableDetail, tableRows } from './tables.ts';

const NEEDS: readonly FactName[] = [
  'tables',
  'databases',
  'activity',
  'progress',
  'preparedTransactions',
  'replicationSlots',
  'replicationClients',
  'settings',
  'extensions',
];
/** Read when somebody looks at bloat; the rest of the page does without. */
const BLOAT_NEEDS: readonly FactName[] = ['tables', 'indexes', 'columns', 'columnStatistics', 'types'];

type Level = 'any' | 'moderate' | 'high' | 'critical' | 'due' | 'off';
/** Partitions as rows of their own, or partitioned tables as one row each. */
type Partitions = 'each' | 'summed';

/** Is autovacuum keeping up, and what stops it? */
export function vacuumTopic(context: InsightContext) {
  /** The sample that paces are measured from: looked up once per reading. */
  const sinceOf = async (
    snapshot: Snapshot,
    connectionId: string,
    options: Abortable,
  ): Promise<Since | null> => {
    const database = await context.identity(connectionId, options);
    return sampleOf(snapshot)(() => sinceSample(snapshot, context.history, database));
  };
  const inMemory = async (
    { connectionId }: { connectionId: string },
    needs: readonly FactName[],
    options: Abortable,
  ): Promise<Snapshot> => (await context.facts({ connectionId }, needs, options)).snapshot;
  const estimateOf = async (
    request: { connectionId: string; oid: number },
    options: Abortable,
  ): Promise<BloatRow> => {
    const rows = bloatRows(await inMemory(request, BLOAT_NEEDS, options));
    const row = rows.find((candidate) => candidate.oid === request.oid);
    if (!row) throw new EngineError('NOT_FOUND', 'This relation is not in the list.', 'Read the page again.');
    return row;
  };
  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<VacuumOverview>> => {
      const view = await context.facts(request, NEEDS, options);
      const since = await sinceOf(view.snapshot, request.connectionId, options);
      return insightOf(view, (snapshot) => vacuumOverview(snapshot, since));
    },
    list: async (
      request: GridQuery & { connectionId: string; level: Level; partitions?: Partitions | undefined },
      options: Abortable,
    ): Promise<GridPage<VacuumTableRow>> => {
      const snapshot = await inMemory(request, NEEDS, options);
      const since = await sinceOf(snapshot, request.connectionId, options);
      return gridPage(tableGrids(snapshot)(request.level, request.partitions ?? 'each', since), request);
    },
    partitioned: async (
      request: { connectionId: string; oid: number },
      options: Abortable,
    ): Promise<VacuumTableRow> => {
      const snapshot = await inMemory(request, NEEDS, options);
      const since = await sinceOf(snapshot, request.connectionId, options);
      const row = tableGrids(snapshot)('any', 'summed', since).rows.find(
        ({ oid, partitions }) => oid === request.oid && partitions !== null,
      );
      if (!row) throw new EngineError('NOT_FOUND', 'This table is gone.', 'Read the page again.');
      return row;
    },
    partitions: async (
      request: GridQuery & { connectionId: string; oid: number },
      options: Abortable,
    ): Promise<GridPage<VacuumTableRow>> => {
      const snapshot = await inMemory(request, NEEDS, options);
      const since = await sinceOf(snapshot, request.connectionId, options);
      return gridPage(leafGrids(snapshot)(request.oid, since), request);
    },
    freeze: async (
      request: GridQuery & { connectionId: string },
      options: Abortable,
    ): Promise<GridPage<FreezeTableRow>> =>
      gridPage(freezeGrid(await inMemory(request, NEEDS, options)), request),
    detail: async (
      request: { connectionId: string; oid: number },
      options: Abortable,
    ): Promise<VacuumTableDetail> => {
      const snapshot = await inMemory(request, NEEDS, options);
      return tableDetail(snapshot, request.oid, await sinceOf(snapshot, request.connectionId, options));
    },
    bloat: async (
      request: GridQuery & { connectionId: string },
      options: Abortable,
    ): Promise<GridPage<BloatRow>> =>
      gridPage(bloatGrid(await inMemory(request, BLOAT_NEEDS, options)), request),
    bloatDetail: (request: { connectionId: string; oid: number }, options: Abortable): Promise<BloatRow> =>
      estimateOf(request, options),
    log: ({ connectionId }: { connectionId: string }, options: Abortable): Promise<VacuumLog> =>
      context.withSession(connectionId, (session) => readVacuumLog(session, options.signal), options),
    measure: async (
      request: { connectionId: string; oid: number; confirmed: true },
      options: Abortable,
    ): Promise<BloatMeasured> => {
      if (!request.confirmed)
        throw new EngineError('BAD_INPUT', 'Measuring reads the whole relation.', 'Confirm it first.');
      const row = await estimateOf(request, options);
      return context.withSession(
        request.connectionId,
        (session) => measureBloat(session, row, options.signal),
        options,
      );
    },
  };
}

/** Null is an answer too, and remembered. */
const sampleOf = oncePer((_snapshot: Snapshot) => {
  let known: { readonly since: Since | null } | null = null;
  return (find: () => Since | null): Since | null => (known ??= { since: find() }).since;
});

/** One grid per level and kind, made when first asked for. */
const tableGrids = oncePer((snapshot: Snapshot) => {
  const grids = new Map<string, Grid<VacuumTableRow>>();
  return (level: Level, partitions: Partitions, since: Since | null): Grid<VacuumTableRow> => {
    const key = `${level} ${partitions}`;
    const known = grids.get(key) ?? makeGrid(snapshot, level, partitions, since);
    grids.set(key, known);
    return known;
  };
});

function makeGrid(
  snapshot: Snapshot,
  level: Level,
  partitions: Partitions,
  since: Since | null,
): Grid<VacuumTableRow> {
  const each = tableRows(snapshot, since);
  const rows = partitions === 'each' ? each : summedRows(snapshot, each);
  const trees = partitionTrees(snapshot);
  const leavesOf = ({ oid }: VacuumTableRow): string =>
    (trees.get(oid)?.leaves ?? []).map(({ schema, name }) => `${schema}.${name}`).join(' ');
  return {
    rows: rows.filter((row) => isOfLevel(row, level)),
    text: (row) => `${row.schema}.${row.name} ${row.parent ?? ''} ${leavesOf(row)}`,
    orders: { partitionCount: (row) => row.partitions?.count ?? null },
  };
}

/** The partitions of one table that hold rows, on every level. */
const leafGrids = oncePer((snapshot: Snapshot) => {
  const grids = new Map<number, Grid<VacuumTableRow>>();
  return (oid: number, since: Since | null): Grid<VacuumTableRow> => {
    const leaves = new Set(
      partitionTrees(snapshot)
        .get(oid)
        ?.leaves.map((leaf) => leaf.oid),
    );
    const known = grids.get(oid) ?? {
      rows: tableRows(snapshot, since).filter((row) => leaves.has(row.oid)),
      text: (row: VacuumTableRow) => `${row.schema}.${row.name} ${row.parent ?? ''}`,
    };
    grids.set(oid, known);
    return known;
  };
});

function isOfLevel(row: VacuumTableRow, level: Level): boolean {
  if (level === 'any') return true;
  if (level === 'due') return row.next.state === 'due';
  if (level === 'off')
    return row.partitions ? row.partitions.switchedOff > 0 : row.next.state === 'off for this table';
  return row.level === level;
}

const freezeGrid = oncePer(
  (snapshot: Snapshot): Grid<FreezeTableRow> => ({
    rows: freezeRows(snapshot),
    text: (row) => `${row.schema}.${row.name} ${row.parent ?? ''} ${row.part}`,
  }),
);

const bloatGrid = oncePer(
  (snapshot: Snapshot): Grid<BloatRow> => ({
    rows: bloatRows(snapshot),
    text: (row) => `${row.schema}.${row.table ?? ''}.${row.name}`,
  }),
);
