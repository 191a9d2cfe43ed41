import type { FactName } from '#shared/model/facts.ts';
import type { Insight } from '#shared/model/insight.ts';
import type { MatviewsOverview } from '#shared/model/matviews.ts';
import type { Abortable } from '#engine/engine.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';

const NEEDS: readonly FactName[] = ['tables', 'indexes'];

/** Are they fresh, cheap and safe to refresh? */
export function matviewsTopic(context: InsightContext) {
  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<MatviewsOverview>> =>
      insightOf(await context.facts(request, NEEDS, options), (snapshot) => ({
        database: snapshot.facts.server.database,
      })),
  };
}
