import { z } from 'zod';
import type { FactName, Facts } from '#shared/model/facts.ts';
import type { HistoryPoint } from '#shared/model/history.ts';
import type { GridPage, GridQuery, Insight } from '#shared/model/insight.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type {
  CategoryDefinition,
  RelationDetail,
  RelationRow,
  StatisticsOverview,
} from '#shared/model/statistics.ts';
import type { Abortable } from '#engine/engine.ts';
import type { History, Range, SizePoint } from '#engine/store/history.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';
import { type Grid, gridPage, oncePer } from '../grid.ts';
import { databaseDelta, ioRows, Readings, serverDelta } from './delta.ts';
import { relationRows, statisticsOverview } from './overview.ts';
import { goneRelation, readColumns, relationDetail } from './relation.ts';

const NEEDS: readonly FactName[] = [
  'tables',
  'indexes',
  'databases',
  'serverCounters',
  'activity',
  'settings',
];
export const CATEGORIES_TOPIC = 'categories';
const definitions: z.ZodType<CategoryDefinition[]> = z.array(
  z.strictObject({ name: z.string(), patterns: z.array(z.string()) }),
);
const GROWTH_MS = 30 * 86_400_000;
const GROWTH_POINTS = 120;

/** How large is it, how does it grow, and how busy is it? */
export function statisticsTopic(context: InsightContext) {
  const databaseReadings = new Readings<Facts['databases'][number]>();
  const serverReadings = new Readings<Facts['serverCounters']>();
  const defined = async (connectionId: string, options: Abortable): Promise<CategoryDefinition[] | null> =>
    context.profiles.read(await context.identity(connectionId, options), CATEGORIES_TOPIC, definitions);
  const rowsOf = oncePer((_snapshot: Snapshot) => new Map<string, readonly RelationRow[]>());
  const rows = async (
    connectionId: string,
    snapshot: Snapshot,
    options: Abortable,
  ): Promise<readonly RelationRow[]> => {
    const categories = await defined(connectionId, options);
    const key = JSON.stringify(categories);
    const made = rowsOf(snapshot).get(key) ?? relationRows(snapshot, categories);
    rowsOf(snapshot).set(key, made);
    return made;
  };
  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<StatisticsOverview>> => {
      const { connectionId } = request;
      const view = await context.facts(request, NEEDS, options);
      const all = await rows(connectionId, view.snapshot, options);
      const database = await context.identity(connectionId, options);
      const { collectedAt, facts } = view.snapshot;
      const own = facts.databases?.find((d) => d.oid === facts.server.databaseOid);
      const ownBefore = own ? databaseReadings.before(connectionId, own) : null;
      const { serverCounters } = facts;
      const serverBefore = serverCounters ? serverReadings.before(connectionId, serverCounters) : null;
      const sizesBefore = sizesAtFirst(context.history, database, facts.server.databaseOid, collectedAt);
      const definedCategories = await defined(connectionId, options);
      return insightOf(view, (snapshot) =>
        statisticsOverview(snapshot, all, {
          databaseDelta: own && ownBefore ? databaseDelta(ownBefore, own) : null,
          serverDelta: serverCounters && serverBefore ? serverDelta(serverBefore, serverCounters) : null,
          io: serverCounters ? ioRows(serverBefore, serverCounters) : null,
          sizesBefore,
          definedCategories,
        }),
      );
    },
    list: async (
      request: GridQuery & { connectionId: string; category: string | null },
      options: Abortable,
    ): Promise<GridPage<RelationRow>> => {
      const { connectionId } = request;
      const { snapshot } = await context.facts({ connectionId }, NEEDS, options);
      return gridPage(gridsOf(await rows(connectionId, snapshot, options))(request.category), request);
    },
    relation: async (
      { connectionId, oid }: { connectionId: string; oid: number },
      options: Abortable,
    ): Promise<RelationDetail> => {
      const { snapshot } = await context.facts({ connectionId }, NEEDS, options);
      const row = (await rows(connectionId, snapshot, options)).find((one) => one.oid === oid);
      if (!row) throw goneRelation();
      const database = await context.identity(connectionId, options);
      const columns = await context.withSession(
        connectionId,
        (session) => readColumns(session, oid, options),
        options,
      );
      const metric = { kind: 'table', oid, field: 'sizeBytes' } as const;
      const growth = context.history.series(
        database,
        metric,
        growthRange(snapshot.collectedAt),
        GROWTH_POINTS,
      );
      return relationDetail(snapshot, row, { columns, growth });
    },
    growth: async (
      request: { connectionId: string; databaseOid: number },
      options: Abortable,
    ): Promise<readonly HistoryPoint[]> => {
      const { snapshot } = await context.facts({ connectionId: request.connectionId }, NEEDS, options);
      const database = await context.identity(request.connectionId, options);
      const { collectedAt, facts } = snapshot;
      const metric =
        request.databaseOid === facts.server.databaseOid
          ? ({ kind: 'database', field: 'sizeBytes' } as const)
          : ({ kind: 'size', oid: request.databaseOid, field: 'sizeBytes' } as const);
      return context.history.series(database, metric, growthRange(collectedAt), GROWTH_POINTS);
    },
    setCategories: async (
      request: { connectionId: string; categories: readonly CategoryDefinition[] | null },
      options: Abortable,
    ): Promise<void> => {
      const database = await context.identity(request.connectionId, options);
      if (request.categories === null) context.profiles.remove(database, CATEGORIES_TOPIC);
      else context.profiles.write(database, CATEGORIES_TOPIC, request.categories);
    },
  };
}

/** How large the databases of the server were when they were first sampled in the range, by oid. */
function sizesAtFirst(
  history: History,
  database: DatabaseIdentity,
  ownOid: number,
  collectedAt: string,
): ReadonlyMap<number, SizePoint> {
  const range = growthRange(collectedAt);
  const sizes = new Map(history.otherSizesSince(database, range.from));
  const [first] = history.samples(database, range);
  const sizeBytes = first ? history.databaseAt(database, first.at)?.sizeBytes : null;
  if (first && typeof sizeBytes === 'number') sizes.set(ownOid, { at: first.at, sizeBytes });
  return sizes;
}

function growthRange(collectedAt: string): Range {
  const atMs = Date.parse(collectedAt);
  return { from: new Date(atMs - GROWTH_MS).toISOString(), to: new Date(atMs + 1).toISOString() };
}

const gridsOf = oncePer((rows: readonly RelationRow[]) => {
  const grids = new Map<string | null, Grid<RelationRow>>();
  return (category: string | null): Grid<RelationRow> => {
    const grid = grids.get(category) ?? {
      rows: category === null ? rows : rows.filter((row) => row.category === category),
      text: (row: RelationRow) => `${row.schema}.${row.name} ${row.category}`,
    };
    grids.set(category, grid);
    return grid;
  };
});
