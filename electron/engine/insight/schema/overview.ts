import type { DeletePolicy, PartitionedRow, SchemaOverview, SequenceRow } from '#shared/model/schema.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { validateConstraint } from '#engine/audit/constraint-fixes.ts';
import { sequenceHolders } from '#engine/audit/sequence-holders.ts';
import { sequenceUse } from '#engine/audit/sequence-range.ts';
import { tableTotals } from '#engine/audit/table-totals.ts';
import { catalogOf, keysOf, parentRows, policyViolations } from './keys.ts';

/** Values of sequences at an earlier moment, for how fast they are used up. */
export interface SequencePace {
  readonly spanMs: number;
  readonly values: ReadonlyMap<number, string>;
}

const DAY_MS = 86_400_000;
const MOST_ROWS = 1_000;
const TYPES = {
  c: 'CHECK',
  f: 'FOREIGN KEY',
  n: 'NOT NULL',
  p: 'PRIMARY KEY',
  u: 'UNIQUE',
  x: 'EXCLUDE',
  t: 'TRIGGER',
} as const;

export function schemaOverview(
  snapshot: Snapshot,
  policies: readonly DeletePolicy[],
  pace: SequencePace | null,
): SchemaOverview {
  const parents = parentRows(snapshot);
  const notValidated = notValidatedRows(snapshot);
  const sequences = sequenceRows(snapshot, pace);
  const partitioned = partitionedRows(snapshot);
  return {
    figures: {
      foreignKeys: keysOf(snapshot).length,
      parents: parents.length,
      mixedParents: parents.filter((parent) => parent.isMixed).length,
      notValidated: notValidated.length,
      sequences: sequences.length,
      partitionedTables: partitioned.length,
    },
    parents: parents.slice(0, MOST_ROWS),
    policies,
    violations: policyViolations(snapshot, policies),
    notValidated: notValidated.slice(0, MOST_ROWS),
    sequences: sequences.slice(0, MOST_ROWS),
    partitioned: partitioned.slice(0, MOST_ROWS),
  };
}

/** NOT VALID ones, which VALIDATE finishes; and, from 18 on, NOT ENFORCED ones, which nothing checks. */
function notValidatedRows(snapshot: Snapshot): SchemaOverview['notValidated'] {
  const catalog = catalogOf(snapshot);
  return (snapshot.facts.constraints ?? []).flatMap((constraint) => {
    const table = catalog.table(constraint.tableOid);
    if (!table || constraint.parentOid !== null || (constraint.isValidated && constraint.isEnforced))
      return [];
    return [
      {
        table: catalog.label(table),
        name: constraint.name,
        what: `${TYPES[constraint.type]}, ${constraint.isEnforced ? 'existing rows were never checked' : 'not enforced'}`,
        fix: constraint.isEnforced ? validateConstraint(table, constraint, catalog) : null,
      },
    ];
  });
}

function sequenceRows(snapshot: Snapshot, pace: SequencePace | null): SequenceRow[] {
  const { facts } = snapshot;
  const catalog = catalogOf(snapshot);
  const values = new Map((facts.sequenceValues ?? []).map((v) => [v.sequenceOid, v.lastValue]));
  return (facts.sequences ?? [])
    .map((sequence): SequenceRow => {
      const last = values.get(sequence.oid) ?? null;
      const use = sequenceUse(sequence, last, sequenceHolders(sequence, catalog));
      const table = catalog.table(sequence.tableOid);
      const column = catalog.column(sequence.tableOid ?? 0, sequence.column ?? 0)?.name;
      const before = pace?.values.get(sequence.oid);
      const steps =
        last === null || before === undefined
          ? 0
          : Number((BigInt(last) - BigInt(before)) / BigInt(sequence.increment));
      return {
        name: catalog.label(sequence),
        type: sequence.dataType,
        feeds: table && column !== undefined ? `${catalog.label(table)}.${column}` : null,
        lastValue: last,
        limit: String(use.limit.value),
        limitOf: use.limit.origin,
        usedPercent: use.usedPercent,
        daysLeft:
          pace === null || steps <= 0 ? null : (Number(use.remaining) / steps) * (pace.spanMs / DAY_MS),
        isCycled: sequence.isCycled,
      };
    })
    .sort((a, b) => b.usedPercent - a.usedPercent || a.name.localeCompare(b.name));
}

function partitionedRows(snapshot: Snapshot): PartitionedRow[] {
  const catalog = catalogOf(snapshot);
  return (snapshot.facts.tables ?? [])
    .filter((table) => table.kind === 'p' && !table.isPartition)
    .map((table) => {
      const partitions = catalog.partitionsOf(table.oid);
      const totals = tableTotals(table, catalog);
      const [largest] = partitions.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
      return {
        oid: table.oid,
        name: catalog.label(table),
        partitions: partitions.length,
        rows: totals.rows,
        bytes: partitions.reduce((sum, partition) => sum + partition.sizeBytes, 0),
        largest: largest ? catalog.label(largest) : null,
        empty: partitions.filter((partition) => partition.sizeBytes === 0).length,
      };
    })
    .sort((a, b) => b.bytes - a.bytes || a.name.localeCompare(b.name));
}
