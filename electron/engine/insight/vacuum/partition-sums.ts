import type { TableFact } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { VacuumTableRow } from '#shared/model/vacuum.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { oncePer } from '../grid.ts';
import { catalogOf, vacuumedTables } from './tables.ts';

/** A partitioned table that is no partition itself, with all tables below it that hold rows. */
export interface PartitionTree {
  readonly root: TableFact;
  readonly leaves: readonly TableFact[];
}

/** By the root. Those whose rows all lie elsewhere (foreign tables), or that have no partition yet, are left out. */
export const partitionTrees = oncePer((snapshot: Snapshot): ReadonlyMap<number, PartitionTree> => {
  const catalog = catalogOf(snapshot);
  const trees = new Map<number, { readonly root: TableFact; readonly leaves: TableFact[] }>();
  for (const leaf of vacuumedTables(snapshot)) {
    const root = rootOf(leaf, catalog);
    if (root === leaf) continue;
    const tree = trees.get(root.oid) ?? { root, leaves: [] };
    tree.leaves.push(leaf);
    trees.set(root.oid, tree);
  }
  return trees;
});

/** The same tables with each partitioned one as a single row, where its first partition was. */
export function summedRows(snapshot: Snapshot, rows: readonly VacuumTableRow[]): VacuumTableRow[] {
  const rowOf = new Map(rows.map((row) => [row.oid, row]));
  const treeOf = new Map<number, PartitionTree>();
  for (const tree of partitionTrees(snapshot).values())
    for (const leaf of tree.leaves) treeOf.set(leaf.oid, tree);
  return rows.flatMap((row) => {
    const tree = treeOf.get(row.oid);
    if (!tree) return [row];
    return tree.leaves[0]?.oid === row.oid
      ? [
          sumOf(
            tree,
            tree.leaves.flatMap((leaf) => rowOf.get(leaf.oid) ?? []),
          ),
        ]
      : [];
  });
}

function sumOf({ root, leaves }: PartitionTree, rows: readonly VacuumTableRow[]): VacuumTableRow {
  const sum = (of: (row: VacuumTableRow) => number): number =>
    rows.reduce((total, row) => total + of(row), 0);
  const liveRows = sum((row) => row.liveRows);
  const deadRows = sum((row) => row.deadRows);
  const worst = most(rows, (row) => row.levelOrder);
  const first = most(rows, (row) => -(row.nextOrder ?? Infinity));
  const vacuumed = oldest(rows, (row) => row.lastVacuumAt);
  const updated = leaves.reduce((total, leaf) => total + leaf.updated, 0);
  const hotUpdated = leaves.reduce((total, leaf) => total + leaf.hotUpdated, 0);
  return {
    oid: root.oid,
    schema: root.schema,
    name: root.name,
    parent: null,
    isMatview: false,
    liveRows,
    deadRows,
    deadPercent: liveRows + deadRows > 0 ? (deadRows / (liveRows + deadRows)) * 100 : 0,
    level: worst.level,
    levelOrder: worst.levelOrder,
    triggerRows: null,
    ofTriggerPercent: most(rows, (row) => row.ofTriggerPercent).ofTriggerPercent,
    next: first.next,
    nextOrder: first.nextOrder,
    sizeBytes: sum((row) => row.sizeBytes),
    hotPercent: updated > 0 ? (hotUpdated / updated) * 100 : null,
    lastVacuumAt: vacuumed?.lastVacuumAt ?? null,
    lastVacuumBy: vacuumed?.lastVacuumBy ?? null,
    lastAnalyzeAt: oldest(rows, (row) => row.lastAnalyzeAt)?.lastAnalyzeAt ?? null,
    partitions: {
      count: rows.length,
      atLevel: rows.filter((row) => row.level === worst.level).length,
      due: rows.filter((row) => row.next.state === 'due').length,
      switchedOff: rows.filter((row) => row.next.state === 'off for this table').length,
      neverVacuumed: rows.filter((row) => row.lastVacuumAt === null).length,
      neverAnalyzed: rows.filter((row) => row.lastAnalyzeAt === null).length,
    },
  };
}

/** Null where none has one. */
function oldest(
  rows: readonly VacuumTableRow[],
  at: (row: VacuumTableRow) => string | null,
): VacuumTableRow | null {
  const known = rows.filter((row) => at(row) !== null);
  return known.length === 0 ? null : most(known, (row) => -Date.parse(at(row) ?? ''));
}

function most(rows: readonly VacuumTableRow[], value: (row: VacuumTableRow) => number): VacuumTableRow {
  return rows.reduce((a, b) => (value(b) > value(a) ? b : a));
}

function rootOf(table: TableFact, catalog: Catalog): TableFact {
  const parent = table.isPartition ? catalog.table(table.parentOid) : undefined;
  return parent ? rootOf(parent, catalog) : table;
}
