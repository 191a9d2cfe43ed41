import { number, text, textOrNull } from './decode.ts';
import type { CollectContext } from './family.ts';
import type { IndexDraft } from './indexes.ts';
import { readUnlocked } from './locks.ts';

/**
 * Fills in expressions, predicates and CREATE INDEX texts of the indexes that have what the arrays cannot say.
 * Deparsing waits for locked tables and costs 40 µs each, so nothing else is deparsed. What is left out stays
 * `isOpaque` (expressions, predicate) and is noted in the context.
 */
export async function addIndexDefinitions(
  context: CollectContext,
  indexes: readonly IndexDraft[],
): Promise<void> {
  const wanted = indexes.filter((i) => context.indexesToDeparse.has(i.oid));
  const byOid = new Map(wanted.map((i) => [i.oid, i]));
  const options = { fact: 'indexes', label: 'index definitions', what: 'The definition' } as const;
  const objects = wanted.map(({ oid, tableOid }) => ({ oid, tableOids: [tableOid] }));
  await readUnlocked(context, objects, options, async (transaction, free) => {
    const rows = await transaction.rows(DEFINITIONS_SQL, [free.map((i) => i.oid)]);
    for (const [oid, expressions, predicate, definition] of rows) {
      const index = byOid.get(number(oid));
      if (!index) continue;
      index.expressions = textOrNull(expressions);
      index.predicate = textOrNull(predicate);
      index.definition = text(definition);
      index.isOpaque = false;
    }
  });
}

const DEFINITIONS_SQL = `
  SELECT x.indexrelid, pg_catalog.pg_get_expr(x.indexprs, x.indrelid),
    pg_catalog.pg_get_expr(x.indpred, x.indrelid), pg_catalog.pg_get_indexdef(x.indexrelid)
  FROM pg_catalog.pg_index x WHERE x.indexrelid = ANY ($1::pg_catalog.oid[])`;
