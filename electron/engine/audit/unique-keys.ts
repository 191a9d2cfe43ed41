import type { IndexFact } from '#shared/model/facts.ts';
import type { Catalog } from './catalog.ts';

/** A unique index that names each row by plain columns: valid, immediate, no expression, no predicate. */
export function isRowKey(index: IndexFact): boolean {
  return (
    index.isUnique &&
    index.isValid &&
    index.isReady &&
    index.isImmediate &&
    index.predicate === null &&
    !index.isOpaque &&
    !index.columns.includes(0)
  );
}

/** As `isRowKey`, and no key column can be NULL: fit for a replica identity or a primary key. */
export function isNotNullRowKey(index: IndexFact, catalog: Catalog): boolean {
  return (
    isRowKey(index) &&
    index.columns
      .slice(0, index.keyColumnCount)
      .every((number) => catalog.column(index.tableOid, number)?.notNull === true)
  );
}

/** The best row key of a table: fewest columns, then smallest. */
export function notNullRowKeys(tableOid: number, catalog: Catalog): IndexFact[] {
  return catalog
    .indexesOf(tableOid)
    .filter((i) => isNotNullRowKey(i, catalog))
    .sort((a, b) => a.keyColumnCount - b.keyColumnCount || a.sizeBytes - b.sizeBytes || a.oid - b.oid);
}
