import type { DeletePolicy, SchemaOverview } from '#shared/model/schema.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { constraintRows } from './constraints.ts';
import { keysOf, parentRows } from './keys.ts';
import { partitionedRows } from './partitions.ts';

/** Everything of the page but its long lists; pure over the readings of the tables and of the sequences. */
export function schemaOverview(
  snapshot: Snapshot,
  sequencesAsOf: Snapshot,
  policies: readonly DeletePolicy[],
  violations: number,
): SchemaOverview {
  const parents = parentRows(snapshot);
  const constraints = constraintRows(snapshot);
  return {
    figures: {
      foreignKeys: keysOf(snapshot).length,
      parents: parents.length,
      mixedParents: parents.filter((parent) => parent.isMixed).length,
      violations,
      constraints: constraints.length,
      notValidated: constraints.filter((row) => row.state !== 'validated').length,
      sequences: sequencesAsOf.facts.sequences?.length ?? 0,
      partitionedTables: partitionedRows(snapshot).length,
    },
    mostReferred: parents[0] ?? null,
    policies,
  };
}
