import type { FactName } from '#shared/model/facts.ts';
import type { TableSize } from '#shared/model/tables.ts';
import type { Abortable } from '#engine/engine.ts';
import type { InsightContext, InsightRequest } from '../context.ts';
import { largestTables } from './largest.ts';

const NEEDS: readonly FactName[] = ['tables', 'indexes'];

/** Where the space is. */
export function tablesTopic(context: InsightContext) {
  return {
    largest: async (
      request: InsightRequest & { limit: number },
      options: Abortable,
    ): Promise<readonly TableSize[]> =>
      largestTables((await context.facts(request, NEEDS, options)).snapshot, request.limit),
  };
}
