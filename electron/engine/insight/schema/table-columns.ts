import type { TableColumns } from '#shared/model/schema.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { isRowKey } from '#engine/audit/unique-keys.ts';
import { EngineError } from '#engine/errors.ts';
import { catalogOf } from './keys.ts';

/** What a foreign key can begin at and point at; throws NOT_FOUND. */
export function tableColumns(snapshot: Snapshot, oid: number): TableColumns {
  const catalog = catalogOf(snapshot);
  if (!catalog.table(oid)) throw new EngineError('NOT_FOUND', 'This table is gone.', 'Read the page again.');
  const keys = catalog
    .indexesOf(oid)
    .filter(isRowKey)
    .sort((a, b) => Number(b.isPrimary) - Number(a.isPrimary) || a.keyColumnCount - b.keyColumnCount)
    .map((index) =>
      index.columns.slice(0, index.keyColumnCount).map((number) => catalog.column(oid, number)?.name ?? ''),
    );
  return {
    columns: catalog.columnNames(oid),
    keys: [...new Map(keys.map((names) => [JSON.stringify(names), names])).values()],
  };
}
