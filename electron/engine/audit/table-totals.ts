import type { TableFact } from '#shared/model/facts.ts';
import type { Catalog } from './catalog.ts';

/** Counters and sizes of a table, added up over its partitions: partitioned parents carry none themselves. */
export interface TableTotals {
  /** Null = unknown: never analysed and no live row counted, though there is data. */
  readonly rows: number | null;
  readonly sizeBytes: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly hotUpdated: number;
  readonly seqScans: number;
  readonly indexScans: number;
  /** The tables that hold the rows: itself, or the leaves of its partition tree. */
  readonly leaves: readonly TableFact[];
}

export function tableTotals(table: TableFact, catalog: Catalog): TableTotals {
  const leaves = leavesOf(table, catalog);
  const rows = leaves.map(rowsOf);
  return {
    rows: rows.includes(null) ? null : rows.reduce<number>((sum, r) => sum + (r ?? 0), 0),
    sizeBytes: sum(leaves, (t) => t.sizeBytes),
    inserted: sum(leaves, (t) => t.inserted),
    updated: sum(leaves, (t) => t.updated),
    deleted: sum(leaves, (t) => t.deleted),
    hotUpdated: sum(leaves, (t) => t.hotUpdated),
    seqScans: sum(leaves, (t) => t.seqScans),
    indexScans: sum(leaves, (t) => t.indexScans),
    leaves,
  };
}

/** The tables of a partition tree that hold rows; the table itself where it is not partitioned. */
export function leavesOf(table: TableFact, catalog: Catalog): readonly TableFact[] {
  if (table.kind !== 'p') return [table];
  return catalog.partitionsOf(table.oid).flatMap((partition) => leavesOf(partition, catalog));
}

/** The larger of two estimates: reltuples may be old, and n_live_tup falls to 0 after a crash. */
export function rowsOf(table: TableFact): number | null {
  if (table.estimatedRows !== null) return Math.max(table.estimatedRows, table.liveRows);
  if (table.liveRows > 0) return table.liveRows;
  return table.sizeBytes > 0 ? null : 0;
}

function sum(tables: readonly TableFact[], value: (table: TableFact) => number): number {
  return tables.reduce((total, table) => total + value(table), 0);
}
