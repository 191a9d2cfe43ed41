import { number, numberOrNull } from './decode.ts';
import type { CollectContext } from './family.ts';
import type { IndexDraft } from './indexes.ts';
import { readUnlocked } from './locks.ts';
import type { TableDraft } from './tables.ts';

/**
 * Replaces `pages × block size`, of a TOAST table too, by pg_relation_size where it pays: everything in a small database; else the largest
 * relations, matviews, and (where they are few) tables whose pages were never counted. Measuring all 60,000 relations
 * would double the time of a collection, and each is opened, which locks and fills the backend's caches. What is
 * wanted but locked keeps its estimate and is noted in the context.
 */
export async function addExactSizes(
  context: CollectContext,
  tables: readonly TableDraft[],
  indexes: readonly IndexDraft[],
): Promise<void> {
  const blockSizeBytes = context.facts.server?.blockSizeBytes ?? 8192;
  const storedTables = tables.filter((t) => t.kind === 'r' || t.kind === 'm');
  const storedIndexes = indexes.filter((i) => !i.isPartitioned);
  const isWanted = createChoice(storedTables, storedIndexes);
  const measure = async (
    fact: 'tables' | 'indexes',
    drafts: readonly (TableDraft | IndexDraft)[],
  ): Promise<void> => {
    const wanted = drafts.filter(isWanted);
    const byOid = new Map(wanted.map((draft) => [draft.oid, draft]));
    await readUnlocked(
      context,
      wanted.map((d) => ({ oid: d.oid, tableOids: ['tableOid' in d ? d.tableOid : d.oid] })),
      { fact, label: 'sizes', what: 'The exact size', statementTimeoutMs: SIZE_TIMEOUT_MS },
      async (transaction, free) => {
        for (const [oid, size, toastSize] of await transaction.rows(SIZES_SQL, [free.map((s) => s.oid)])) {
          const draft = byOid.get(number(oid));
          const sizeBytes = numberOrNull(size);
          if (!draft || sizeBytes === null) continue;
          draft.sizeBytes = sizeBytes;
          draft.sizeIsExact = true;
          const toastBytes = numberOrNull(toastSize);
          if ('toastPages' in draft && toastBytes !== null) draft.toastPages = toastBytes / blockSizeBytes;
        }
      },
    );
  };
  await measure('tables', storedTables);
  await measure('indexes', storedIndexes);
}

/** Tables with data whose pages and rows were never counted: an estimate says nothing about them. */
export function uncountedTables(tables: readonly TableDraft[]): readonly TableDraft[] {
  return tables.filter((t) => (t.kind === 'r' || t.kind === 'm') && t.estimatedRows === null);
}

function createChoice(
  tables: readonly TableDraft[],
  indexes: readonly IndexDraft[],
): (draft: TableDraft | IndexDraft) => boolean {
  if (tables.length + indexes.length <= MEASURE_ALL) return () => true;
  const pages = new Float64Array(tables.length + indexes.length);
  for (let at = 0; at < tables.length; at += 1) pages[at] = tables[at]?.pages ?? 0;
  for (let at = 0; at < indexes.length; at += 1) pages[tables.length + at] = indexes[at]?.pages ?? 0;
  pages.sort();
  // Relations of the same size as the last of the largest are left out with it: there may be thousands.
  const tooSmall = pages[pages.length - 1 - MEASURE_LARGEST] ?? 0;
  const uncounted = uncountedTables(tables);
  const always = new Set([
    ...(uncounted.length <= MEASURE_UNCOUNTED ? uncounted : []),
    ...tables.filter((t) => t.kind === 'm').slice(0, MEASURE_UNCOUNTED),
  ]);
  return (draft) => draft.pages > tooSmall || ('kind' in draft && always.has(draft));
}

const MEASURE_ALL = 700;
const MEASURE_LARGEST = 200;
export const MEASURE_UNCOUNTED = 500;
/** reliability.md §4.1: sizes get 30 s. */
const SIZE_TIMEOUT_MS = 30_000;

// NULL for a relation that was dropped since.
const SIZES_SQL = `SELECT oid, pg_catalog.pg_relation_size(oid),
    (SELECT pg_catalog.pg_relation_size(c.reltoastrelid) FROM pg_catalog.pg_class c
      WHERE c.oid = wanted.oid AND c.reltoastrelid <> 0)
  FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS wanted (oid)`;
