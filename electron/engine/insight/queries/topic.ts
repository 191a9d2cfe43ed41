import type { FactName } from '#shared/model/facts.ts';
import type { Insight } from '#shared/model/insight.ts';
import type { QueriesOverview } from '#shared/model/queries.ts';
import type { Abortable } from '#engine/engine.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';

const NEEDS: readonly FactName[] = ['statements'];

/** Which statements cost most? */
export function queriesTopic(context: InsightContext) {
  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<QueriesOverview>> =>
      insightOf(await context.facts(request, NEEDS, options), (snapshot) => ({
        database: snapshot.facts.server.database,
      })),
  };
}
