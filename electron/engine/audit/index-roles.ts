import type { IndexFact } from '#shared/model/facts.ts';
import type { Catalog } from './catalog.ts';

/** An index with what its partitions add to it. */
export interface IndexTotals {
  readonly sizeBytes: number;
  readonly scans: number;
  /** The latest of all; null = never, or before 16. */
  readonly lastScanAt: string | null;
  /** Attached indexes of partitions, parents before children; empty for an ordinary index. */
  readonly attached: readonly IndexFact[];
}

/**
 * False where an index carries a rule or is used by something that no scan counter shows: uniqueness, a constraint,
 * foreign keys that reference it, replica identity, CLUSTER, an extension, a parent index; also while it is invalid
 * or being built. Source: checks.md 2.3.
 */
export function isRemovable(index: IndexFact): boolean {
  return (
    index.isValid &&
    index.isReady &&
    !index.isUnique &&
    !index.isPrimary &&
    !index.isExclusion &&
    index.constraintOid === null &&
    !index.isReferencedByForeignKey &&
    !index.isReplicaIdentity &&
    !index.isClustered &&
    !index.isExtensionOwned &&
    index.parentIndexOid === null
  );
}

/** Size and scans over a partitioned index and everything attached to it. */
export function indexTotals(index: IndexFact, catalog: Catalog): IndexTotals {
  const attached = attachedTo(index, catalog);
  const all = [index, ...attached];
  const lastScans = all.map((i) => i.lastScanAt).filter((at) => at !== null);
  return {
    sizeBytes: all.reduce((sum, i) => sum + i.sizeBytes, 0),
    scans: all.reduce((sum, i) => sum + i.scans, 0),
    lastScanAt: lastScans.sort().at(-1) ?? null,
    attached,
  };
}

function attachedTo(index: IndexFact, catalog: Catalog): IndexFact[] {
  if (!index.isPartitioned) return [];
  return catalog.partitionsOf(index.tableOid).flatMap((partition) => {
    const child = catalog.indexesOf(partition.oid).find((i) => i.parentIndexOid === index.oid);
    return child ? [child, ...attachedTo(child, catalog)] : [];
  });
}
