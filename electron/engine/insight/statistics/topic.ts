import type { FactName } from '#shared/model/facts.ts';
import type { Insight } from '#shared/model/insight.ts';
import type { StatisticsOverview } from '#shared/model/statistics.ts';
import type { Abortable } from '#engine/engine.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';

const NEEDS: readonly FactName[] = ['tables', 'indexes', 'databases'];

/** How large is it, how does it grow, and how busy is it? */
export function statisticsTopic(context: InsightContext) {
  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<StatisticsOverview>> =>
      insightOf(await context.facts(request, NEEDS, options), (snapshot) => ({
        database: snapshot.facts.server.database,
      })),
  };
}
