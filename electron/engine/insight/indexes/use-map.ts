import { INDEX_FLAG, type IndexMap, type IndexPoint } from '#shared/model/indexes.ts';
import type { IndexModel, PlainRow } from './model.ts';

const MOST_POINTS = 400;
const KEY = INDEX_FLAG.primary | INDEX_FLAG.unique | INDEX_FLAG.exclusion;

/** The largest indexes as points; partitioned ones have neither size nor counters of their own. */
export function indexMap({ rows }: IndexModel): IndexMap {
  const own = rows.filter((row) => (row.flags & INDEX_FLAG.partitioned) === 0);
  const largest = own.toSorted((a, b) => b.sizeBytes - a.sizeBytes).slice(0, MOST_POINTS);
  return { points: largest.map(pointOf), of: own.length };
}

function pointOf({ flags, ...row }: PlainRow): IndexPoint {
  return {
    oid: row.oid,
    schema: row.schema,
    table: row.table,
    name: row.name,
    sizeBytes: row.sizeBytes,
    scans: row.scans,
    tableWrites: row.tableWrites,
    kind: (flags & INDEX_FLAG.removable) !== 0 ? 'removable' : (flags & KEY) !== 0 ? 'key' : 'used',
  };
}
