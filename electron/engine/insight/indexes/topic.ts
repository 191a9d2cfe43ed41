import { z } from 'zod';
import type { FactName } from '#shared/model/facts.ts';
import { INDEX_FLAG, type IndexDetail, type IndexOverview, type IndexRow } from '#shared/model/indexes.ts';
import type { GridPage, GridQuery, Insight } from '#shared/model/insight.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { Abortable } from '#engine/engine.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';
import { type Grid, gridPage, oncePer } from '../grid.ts';
import { catalogOf, indexDetail, indexOverview, indexRows, RARE_SCANS } from './overview.ts';
import { removalPlan } from './removal.ts';

const NEEDS: readonly FactName[] = [
  'tables',
  'indexes',
  'columns',
  'constraints',
  'types',
  'columnStatistics',
  'replicationClients',
];
const TOPIC = 'standby-check';
const checkedSchema = z.strictObject({ at: z.string() });
const DAY_MS = 86_400_000;

type View = 'all' | 'unused' | 'removable' | 'rare' | 'used' | 'invalid';

/** Which to add, drop, merge or keep? */
export function indexesTopic(context: InsightContext) {
  const inMemory = async (connectionId: string, options: Abortable): Promise<Snapshot> =>
    (await context.facts({ connectionId }, NEEDS, options)).snapshot;

  const standbysCheckedAt = async (connectionId: string, options: Abortable): Promise<string | null> =>
    context.profiles.read(await context.identity(connectionId, options), TOPIC, checkedSchema)?.at ?? null;

  /** Rows with their scans of the last day, where samples reach back. */
  const rowsOf = async (
    connectionId: string,
    snapshot: Snapshot,
    options: Abortable,
  ): Promise<readonly IndexRow[]> => {
    const known = withHistory(snapshot);
    if (known.rows) return known.rows;
    const database = await context.identity(connectionId, options);
    const nowMs = Date.parse(snapshot.collectedAt);
    const range = { from: new Date(nowMs - DAY_MS).toISOString(), to: new Date(nowMs).toISOString() };
    const samples = context.history.samples(database, range);
    const first = samples.find((s) => s.statisticsResetAt === samples.at(-1)?.statisticsResetAt);
    const before =
      first && Date.parse(first.at) < nowMs ? context.history.indexesAt(database, first.at) : null;
    known.rows = indexRows(snapshot).map((row) => {
      const then = before?.get(row.oid);
      return { ...row, recentScans: then ? Math.max(0, row.scans - then.scans) : null };
    });
    return known.rows;
  };

  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<IndexOverview>> => {
      const view = await context.facts(request, NEEDS, options);
      const checkedAt = await standbysCheckedAt(request.connectionId, options);
      return insightOf(view, (snapshot) => indexOverview(snapshot, checkedAt));
    },
    list: async (
      request: GridQuery & { connectionId: string; view: View },
      options: Abortable,
    ): Promise<GridPage<IndexRow>> => {
      const snapshot = await inMemory(request.connectionId, options);
      return gridPage(gridsOf(await rowsOf(request.connectionId, snapshot, options))(request.view), request);
    },
    detail: async (
      request: { connectionId: string; oid: number },
      options: Abortable,
    ): Promise<IndexDetail> => indexDetail(await inMemory(request.connectionId, options), request.oid),
    removalPlan: async (request: { connectionId: string }, options: Abortable) => {
      const snapshot = await inMemory(request.connectionId, options);
      const checkedAt = await standbysCheckedAt(request.connectionId, options);
      return removalPlan(snapshot, catalogOf(snapshot), checkedAt);
    },
    confirmStandbys: async (request: { connectionId: string }, options: Abortable): Promise<void> =>
      context.profiles.write(await context.identity(request.connectionId, options), TOPIC, {
        at: new Date().toISOString(),
      }),
  };
}

const withHistory = oncePer((_snapshot: Snapshot): { rows: readonly IndexRow[] | null } => ({ rows: null }));

const gridsOf = oncePer((rows: readonly IndexRow[]) => {
  const grids = new Map<View, Grid<IndexRow>>();
  return (view: View): Grid<IndexRow> => {
    const grid = grids.get(view) ?? {
      rows: view === 'all' ? rows : rows.filter((row) => isIn(row, view)),
      text: (row: IndexRow) => `${row.schema}.${row.table} ${row.name} ${row.columns}`,
    };
    grids.set(view, grid);
    return grid;
  };
});

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
