import type { FactName } from '#shared/model/facts.ts';
import type { Insight } from '#shared/model/insight.ts';
import type { SchemaOverview } from '#shared/model/schema.ts';
import type { Abortable } from '#engine/engine.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';

const NEEDS: readonly FactName[] = ['tables', 'constraints', 'columns'];

/** How do the tables hang together, and what would a delete reach? */
export function schemaTopic(context: InsightContext) {
  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<SchemaOverview>> =>
      insightOf(await context.facts(request, NEEDS, options), (snapshot) => ({
        database: snapshot.facts.server.database,
      })),
  };
}
