import type { FactName } from '#shared/model/facts.ts';
import type { Insight } from '#shared/model/insight.ts';
import type { SecurityOverview } from '#shared/model/security.ts';
import type { Abortable } from '#engine/engine.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';

const NEEDS: readonly FactName[] = ['roles'];

/** Who can do what they should not? */
export function securityTopic(context: InsightContext) {
  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<SecurityOverview>> =>
      insightOf(await context.facts(request, NEEDS, options), (snapshot) => ({
        database: snapshot.facts.server.database,
      })),
  };
}
