import type { FactName } from '#shared/model/facts.ts';
import type { IndexDetail, IndexOverview } from '#shared/model/indexes.ts';
import type { Abortable } from '#engine/engine.ts';
import type { InsightContext, InsightRequest } from '../context.ts';
import { indexDetail, indexOverview } from './overview.ts';

const NEEDS: readonly FactName[] = ['tables', 'indexes', 'columns', 'constraints', 'types'];

/** Which to add, drop, merge or keep? */
export function indexesTopic(context: InsightContext) {
  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<IndexOverview> => {
      const { snapshot } = await context.facts(request, NEEDS, options);
      return indexOverview(snapshot, context.latestAudit(request.connectionId));
    },
    detail: async (request: InsightRequest & { oid: number }, options: Abortable): Promise<IndexDetail> => {
      const { snapshot } = await context.facts(request, NEEDS, options);
      return indexDetail(snapshot, context.latestAudit(request.connectionId), request.oid);
    },
  };
}
