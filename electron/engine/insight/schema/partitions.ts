import type { TableFact } from '#shared/model/facts.ts';
import type { Coverage, PartitionedRow, PartitionRow } from '#shared/model/schema.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { tableTotals } from '#engine/audit/table-totals.ts';
import { oncePer } from '../grid.ts';
import { coverageOf } from './coverage.ts';
import { catalogOf } from './keys.ts';

const STRATEGIES = { r: 'range', l: 'list', h: 'hash' } as const;

/** Partitioned tables, also those that are partitions themselves, with what their partitions add up to. */
export const partitionedRows = oncePer((snapshot: Snapshot): readonly PartitionedRow[] => {
  const catalog = catalogOf(snapshot);
  const { parents = [], bounds = [] } = snapshot.facts.partitions ?? {};
  const parentByOid = new Map(parents.map((parent) => [parent.tableOid, parent]));
  const boundsOf = Map.groupBy(bounds, ({ parentOid }) => parentOid);
  const nowMs = Date.parse(snapshot.collectedAt);
  return (snapshot.facts.tables ?? [])
    .filter((table) => table.kind === 'p')
    .map((table): PartitionedRow => {
      const partitions = catalog.partitionsOf(table.oid).map((partition) => ({
        label: catalog.label(partition),
        ...tableTotals(partition, catalog),
      }));
      const [largest] = partitions.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
      const parent = parentByOid.get(table.oid);
      const known = boundsOf.get(table.oid) ?? [];
      const { rows, sizeBytes } = tableTotals(table, catalog);
      return {
        oid: table.oid,
        name: catalog.label(table),
        partitionOf: labelOf(table.isPartition ? catalog.table(table.parentOid) : undefined, snapshot),
        strategy: parent ? STRATEGIES[parent.strategy] : null,
        defaultPartition: labelOf(catalog.table(parent?.defaultOid ?? null), snapshot),
        partitions: partitions.length,
        rows,
        bytes: sizeBytes,
        largest: largest?.label ?? null,
        empty: partitions.filter((partition) => partition.sizeBytes === 0).length,
        detachPending: known.filter(({ isDetachPending }) => isDetachPending).length,
        // A bound that could not be read would look like a gap.
        coverage:
          parent && known.length === partitions.length
            ? coverageOf(
                parent,
                known.filter(({ isDetachPending }) => !isDetachPending),
                nowMs,
              )
            : null,
      };
    })
    .sort((a, b) => b.bytes - a.bytes || a.name.localeCompare(b.name));
});

const STATES: readonly Coverage['state'][] = [
  'ended',
  'incomplete',
  'soon',
  'ahead',
  'ends',
  'unknown',
  'listed',
  'default',
  'open',
  'complete',
];

/** An order of what has a partition: what fails now comes first, then what has least time left. */
export function urgencyOf({ state, hasDefault, daysLeft }: Coverage): number {
  // Less than one between two of a state, however long it lasts; with a default partition no insert fails.
  const time = Math.atan(daysLeft ?? 0) / Math.PI + 0.5;
  return STATES.indexOf(state) + (hasDefault ? 0.5 : 0) + time / 2;
}

/** The partitions of one table. */
export function partitionRows(snapshot: Snapshot, parentOid: number): readonly PartitionRow[] {
  const catalog = catalogOf(snapshot);
  const { parents = [], bounds = [] } = snapshot.facts.partitions ?? {};
  const known = new Map(bounds.map((bound) => [bound.oid, bound]));
  const defaultOid = parents.find(({ tableOid }) => tableOid === parentOid)?.defaultOid ?? null;
  return catalog.partitionsOf(parentOid).map((partition) => {
    const { rows, sizeBytes } = tableTotals(partition, catalog);
    return {
      oid: partition.oid,
      name: catalog.label(partition),
      bound: known.get(partition.oid)?.bound ?? null,
      isDefault: partition.oid === defaultOid,
      isDetachPending: known.get(partition.oid)?.isDetachPending ?? false,
      isPartitioned: partition.kind === 'p',
      rows,
      bytes: sizeBytes,
    };
  });
}

function labelOf(table: TableFact | undefined, snapshot: Snapshot): string | null {
  return table ? catalogOf(snapshot).label(table) : null;
}
