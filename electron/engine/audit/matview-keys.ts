import type { ColumnStatistics, IndexFact, TableFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Catalog } from './catalog.ts';
import { createIndex, guidedFix } from './fixes.ts';
import type { IndexNames } from './index-names.ts';
import { isRowKey } from './unique-keys.ts';

/** matview.c: up to 17 only btree; from 18 any access method that can be unique. */
export function servesConcurrentRefresh(index: IndexFact, versionNum: number): boolean {
  return isRowKey(index) && (index.accessMethod === 'btree' || versionNum >= 180000);
}

/** relation → a column that ANALYZE found to be unique and free of NULLs; small relations have no statistics here. */
export function rowKeyColumns(statistics: readonly ColumnStatistics[]): Map<number, number> {
  const keys = new Map<number, number>();
  for (const { relationOid, column, distinct, nullFraction } of statistics) {
    if (distinct === -1 && nullFraction === 0 && !keys.has(relationOid)) keys.set(relationOid, column);
  }
  return keys;
}

/** The unique index that makes concurrent refreshes possible; `key` names each row, null where none is known. */
export function concurrentKeyFix(
  view: TableFact,
  key: string | null,
  names: IndexNames,
  catalog: Catalog,
): Fix {
  const nulls = 'Rows with NULL in the key are rewritten on every refresh: choose columns without any.';
  if (key === null) {
    return guidedFix(`Create a unique index on ${catalog.label(view)}`, [
      'Choose the columns that name each row of the view, usually those of its GROUP BY.',
      `CREATE UNIQUE INDEX CONCURRENTLY … ON ${catalog.quoted(view)} (…) then makes concurrent refreshes possible.`,
      nulls,
    ]);
  }
  return createIndex(view, names.free(view.schema, view.name, [key], 'key'), quoteIdentifier(key), catalog, {
    unique: true,
    notes: [
      `By the statistics every value of ${key} is different; the build fails where that is not so.`,
      nulls,
    ],
  });
}
