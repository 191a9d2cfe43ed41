import type { FactName } from '#shared/model/facts.ts';
import type { Insight } from '#shared/model/insight.ts';
import type { MatviewDetail, MatviewsOverview } from '#shared/model/matviews.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';
import { readDefinition } from '../definition.ts';
import { definitionsOf, EXPECTED_TOPIC, expectedNames, keepExpected, VIEWS_SQL } from './expected.ts';
import { readsOf } from './reads.ts';
import { matviewsOf, matviewsOverview, refreshFixes, refreshOrder } from './views.ts';

const NEEDS: readonly FactName[] = ['tables', 'indexes', 'viewReads', 'cron'];
const KEY_NEEDS: readonly FactName[] = ['tables', 'indexes', 'viewReads', 'columns', 'columnStatistics'];

/** Are they fresh, cheap and safe to refresh? */
export function matviewsTopic(context: InsightContext) {
  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<MatviewsOverview>> => {
      const view = await context.facts(request, NEEDS, options);
      const database = await context.identity(request.connectionId, options);
      const expected = context.profiles.read(database, EXPECTED_TOPIC, expectedNames) ?? [];
      return insightOf(view, (snapshot) =>
        matviewsOverview(snapshot, expected, context.journal.refreshes(database)),
      );
    },
    detail: async (
      request: { connectionId: string; oid: number },
      options: Abortable,
    ): Promise<MatviewDetail> => {
      const { snapshot } = await context.facts({ connectionId: request.connectionId }, KEY_NEEDS, options);
      const view = matviewsOf(snapshot).find((candidate) => candidate.oid === request.oid);
      if (!view) throw new EngineError('NOT_FOUND', 'This view is gone.', 'Read the page again.');
      const definition = await context.withSession(
        request.connectionId,
        (session) => readDefinition(session, 'matview', request.oid, options),
        options,
      );
      const reads = readsOf(snapshot);
      return {
        definition,
        dependants: reads.readers(view.oid),
        reads: reads.read(view.oid),
        refreshOrder: refreshOrder(view, snapshot),
        fixes: refreshFixes(view, snapshot),
      };
    },
    setExpected: async (
      request: { connectionId: string; names: readonly string[] },
      options: Abortable,
    ): Promise<void> => {
      const labels = [
        ...new Set(request.names.map((name) => name.trim().replace(/^public\./, '')).filter(Boolean)),
      ];
      const database = await context.identity(request.connectionId, options);
      const rows = await context.withSession(
        request.connectionId,
        (session) => session.read('expected views', (t) => t.rows(VIEWS_SQL, [labels]), options),
        options,
      );
      keepExpected(context.profiles, database, labels, definitionsOf(rows));
    },
  };
}
