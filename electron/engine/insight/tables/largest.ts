import type { TableFact } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { TableSize } from '#shared/model/tables.ts';
import { Catalog } from '#engine/audit/catalog.ts';

const KINDS: Readonly<Record<TableFact['kind'], TableSize['kind']>> = {
  r: 'table',
  p: 'partitioned table',
  m: 'matview',
  f: 'table',
};

/** The `limit` largest relations with heap, index and TOAST bytes apart; partitions count on their own. */
export function largestTables(snapshot: Snapshot, limit: number): TableSize[] {
  const catalog = new Catalog(snapshot.facts);
  return (snapshot.facts.tables ?? [])
    .filter((t) => t.kind === 'r' || t.kind === 'm')
    .map((t): TableSize => {
      const indexes = catalog.indexesOf(t.oid);
      const indexBytes = indexes.reduce((total, index) => total + index.sizeBytes, 0);
      const toastBytes = t.toastPages * snapshot.facts.server.blockSizeBytes;
      return {
        oid: t.oid,
        schema: t.schema,
        name: t.name,
        kind: KINDS[t.kind],
        rows: t.estimatedRows,
        heapBytes: t.sizeBytes,
        indexBytes,
        toastBytes,
        totalBytes: t.sizeBytes + indexBytes + toastBytes,
        deadRows: t.deadRows,
        indexes: indexes.length,
      };
    })
    .sort((a, b) => b.totalBytes - a.totalBytes || a.name.localeCompare(b.name))
    .slice(0, limit);
}
