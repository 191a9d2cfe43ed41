import type { IndexedTable } from '#shared/model/indexes.ts';
import type { IndexFact } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { isKeyIndex, isNeverScanned } from '#engine/audit/audit-facts.ts';
import { overIndexedTable } from '#engine/audit/checks/over-indexed-table.ts';
import { judgeNow } from '#engine/audit/run.ts';
import { mapRows } from '#engine/collect/yielding.ts';
import { oncePer } from '../grid.ts';
import { indexModel } from './model.ts';

/** Tables that have indexes, those with most first; over-indexed by the check of that name. */
export const indexedTables = oncePer(async (snapshot: Snapshot): Promise<readonly IndexedTable[]> => {
  const { catalog } = await indexModel(snapshot);
  const over = new Map(
    judgeNow(snapshot, [overIndexedTable], catalog).map(({ object, severity }) => [object.oid, severity]),
  );
  const tables = (snapshot.facts.tables ?? []).filter((table) => catalog.indexesOf(table.oid).length > 0);
  const rows = await mapRows(tables, (table): IndexedTable => {
    const own = catalog.indexesOf(table.oid);
    const never = own.filter(isNeverScanned);
    return {
      oid: table.oid,
      schema: table.schema,
      name: table.name,
      rows: table.estimatedRows,
      indexes: own.length,
      neverScanned: never.length,
      removable: never.filter((index) => !isKeyIndex(index)).length,
      indexBytes: bytesOf(own),
      tableBytes: table.sizeBytes,
      overIndexed: over.get(table.oid) ?? null,
    };
  });
  return rows.sort((a, b) => b.indexes - a.indexes || b.neverScanned - a.neverScanned);
});

function bytesOf(indexes: readonly IndexFact[]): number {
  return indexes.reduce((total, index) => total + index.sizeBytes, 0);
}
