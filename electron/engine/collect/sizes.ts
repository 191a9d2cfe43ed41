import { number, numberOrNull } from './decode.ts';
import type { CollectContext } from './family.ts';
import type { IndexDraft } from './indexes.ts';
import { readUnlocked } from './locks.ts';
import type { TableDraft } from './tables.ts';

/**
 * Replaces `pages × block size` by pg_relation_size where it pays: everything in a small database; else the largest
 * relations, matviews, and (where they are few) tables whose pages were never counted. Measuring all 60,000 relations
 * would double the time of a collection, and each is opened, which locks and fills the backend's caches. What is
 * wanted but locked keeps its estimate and is noted in the context.
 */
export async function addExactSizes(
  context: CollectContext,
  tables: readonly TableDraft[],
  indexes: readonly IndexDraft[],
): Promise<void> {
  const stored: Sized[] = [
    ...tables
      .filter((t) => t.kind === 'r' || t.kind === 'm')
      .map((draft) => ({ oid: draft.oid, tableOids: [draft.oid], draft, isTable: true })),
    ...indexes
      .filter((i) => !i.isPartitioned)
      .map((draft) => ({ oid: draft.oid, tableOids: [draft.tableOid], draft, isTable: false })),
  ];
  const wanted = choose(stored);
  const byOid = new Map(wanted.map((s) => [s.oid, s.draft]));
  const measure = (fact: 'tables' | 'indexes', isTable: boolean): Promise<void> =>
    readUnlocked(
      context,
      wanted.filter((s) => s.isTable === isTable),
      { fact, label: 'sizes', what: 'The exact size', statementTimeoutMs: SIZE_TIMEOUT_MS },
      async (transaction, free) => {
        for (const [oid, size] of await transaction.rows(SIZES_SQL, [free.map((s) => s.oid)])) {
          const draft = byOid.get(number(oid));
          const sizeBytes = numberOrNull(size);
          if (!draft || sizeBytes === null) continue;
          draft.sizeBytes = sizeBytes;
          draft.sizeIsExact = true;
        }
      },
    );
  await measure('tables', true);
  await measure('indexes', false);
}

interface Sized {
  readonly oid: number;
  readonly tableOids: readonly number[];
  readonly isTable: boolean;
  readonly draft: TableDraft | IndexDraft;
}

function choose(stored: readonly Sized[]): readonly Sized[] {
  if (stored.length <= MEASURE_ALL) return stored;
  const largest = [...stored].sort((a, b) => b.draft.pages - a.draft.pages).slice(0, MEASURE_LARGEST);
  const uncounted = stored.filter((s) => s.isTable && s.draft.estimatedRows === null);
  const matviews = stored.filter((s) => s.isTable && 'kind' in s.draft && s.draft.kind === 'm');
  return [
    ...new Set([
      ...largest,
      ...(uncounted.length <= MEASURE_UNCOUNTED ? uncounted : []),
      ...matviews.slice(0, MEASURE_UNCOUNTED),
    ]),
  ];
}

const MEASURE_ALL = 700;
const MEASURE_LARGEST = 200;
const MEASURE_UNCOUNTED = 500;
/** reliability.md §4.1: sizes get 30 s. */
const SIZE_TIMEOUT_MS = 30_000;

// NULL for a relation that was dropped since.
const SIZES_SQL = `SELECT oid, pg_catalog.pg_relation_size(oid)
  FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS wanted (oid)`;
