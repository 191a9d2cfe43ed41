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

/** Columns that seem to name each row; only the build of the index proves it. */
export interface ProposedKey {
  readonly columns: readonly string[];
  readonly reason: string;
}

/**
 * What could be the key of a view: the columns of a unique index that leaves rows out (partial), or what ANALYZE found
 * to be unique; null where nothing hints at one.
 */
export function rowKeyOf(
  view: TableFact,
  statistics: readonly ColumnStatistics[],
  catalog: Catalog,
): ProposedKey | null {
  const nameOf = (number: number): string | undefined => catalog.column(view.oid, number)?.name;
  const column = nameOf(rowKeyColumns(statistics).get(view.oid) ?? 0);
  if (column !== undefined)
    return {
      columns: [column],
      reason: `By the statistics every value of ${column} is different; the build fails where that is not so.`,
    };
  const partial = catalog
    .indexesOf(view.oid)
    .filter((index) => index.isUnique && index.isValid && index.predicate !== null)
    .map((index) => ({
      index,
      columns: index.columns.slice(0, index.keyColumnCount).flatMap((number) => nameOf(number) ?? []),
    }))
    .filter(({ index, columns }) => columns.length === index.keyColumnCount)
    .toSorted((a, b) => a.columns.length - b.columns.length || a.index.oid - b.index.oid)[0];
  if (!partial) return null;
  return {
    columns: partial.columns,
    reason: `${partial.index.name} says so of some rows; the build fails where it does not hold for all.`,
  };
}

/** The unique index that makes concurrent refreshes possible; `key` names each row, null where none is known. */
export function concurrentKeyFix(
  view: TableFact,
  key: ProposedKey | null,
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
  const { columns, reason } = key;
  const name = names.free(view.schema, view.name, columns, 'key');
  return createIndex(view, name, columns.map(quoteIdentifier).join(', '), catalog, {
    unique: true,
    notes: [reason, nulls],
  });
}
