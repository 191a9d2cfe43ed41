import type { FactName } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { TableName, TableSize } from '#shared/model/tables.ts';
import type { Abortable } from '#engine/engine.ts';
import type { InsightContext, InsightRequest } from '../context.ts';
import { oncePer } from '../grid.ts';
import { largestTables } from './largest.ts';

const NEEDS: readonly FactName[] = ['tables', 'indexes'];
const NAMES: readonly FactName[] = ['tables'];
const MOST_FOUND = 40;

/** Where the space is, and which table is meant. */
export function tablesTopic(context: InsightContext) {
  return {
    largest: async (
      request: InsightRequest & { limit: number },
      options: Abortable,
    ): Promise<readonly TableSize[]> =>
      largestTables((await context.facts(request, NEEDS, options)).snapshot, request.limit),
    /** Tables whose name holds any of the words, those with most of them first. */
    search: async (
      request: { connectionId: string; text: string },
      options: Abortable,
    ): Promise<readonly TableName[]> => {
      const { snapshot } = await context.facts({ connectionId: request.connectionId }, NAMES, options);
      const words = request.text.toLowerCase().split(/\s+/).filter(Boolean);
      return namesOf(snapshot)
        .map((table) => ({ table, hits: words.filter((word) => table.text.includes(word)).length }))
        .filter(({ hits }) => hits > 0)
        .sort((a, b) => b.hits - a.hits || a.table.text.length - b.table.text.length)
        .slice(0, MOST_FOUND)
        .map(({ table: { oid, schema, name } }) => ({ oid, schema, name }));
    },
  };
}

const namesOf = oncePer((snapshot: Snapshot) =>
  (snapshot.facts.tables ?? []).map(({ oid, schema, name }) => ({
    oid,
    schema,
    name,
    text: `${schema}.${name}`.toLowerCase(),
  })),
);
