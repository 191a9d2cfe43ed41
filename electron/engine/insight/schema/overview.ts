import type { DeletePolicy, SchemaOverview, SequenceRow } from '#shared/model/schema.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { sequenceHolders } from '#engine/audit/sequence-holders.ts';
import { sequenceUse } from '#engine/audit/sequence-range.ts';
import { constraintRows } from './constraints.ts';
import type { SequenceForecast } from '../sequence-forecast.ts';
import { catalogOf, keysOf, parentRows, policyViolations } from './keys.ts';
import { partitionedRows } from './partitions.ts';

const MOST_ROWS = 1_000;

export function schemaOverview(
  snapshot: Snapshot,
  sequencesAsOf: Snapshot,
  policies: readonly DeletePolicy[],
  forecasts: readonly SequenceForecast[],
): SchemaOverview {
  const parents = parentRows(snapshot);
  const constraints = constraintRows(snapshot);
  const sequences = sequenceRows(sequencesAsOf, catalogOf(snapshot), forecasts);
  const partitioned = partitionedRows(snapshot);
  return {
    figures: {
      foreignKeys: keysOf(snapshot).length,
      parents: parents.length,
      mixedParents: parents.filter((parent) => parent.isMixed).length,
      constraints: constraints.length,
      notValidated: constraints.filter((row) => row.state !== 'validated').length,
      sequences: sequences.length,
      partitionedTables: partitioned.length,
    },
    parents: parents.slice(0, MOST_ROWS),
    policies,
    violations: policyViolations(snapshot, policies),
    sequences: sequences.slice(0, MOST_ROWS),
    partitioned: partitioned.slice(0, MOST_ROWS),
  };
}

function sequenceRows(
  { facts }: Snapshot,
  catalog: Catalog,
  forecasts: readonly SequenceForecast[],
): SequenceRow[] {
  const daysLeft = new Map(forecasts.map((forecast) => [forecast.sequence.oid, forecast.daysLeft]));
  const values = new Map((facts.sequenceValues ?? []).map((v) => [v.sequenceOid, v.lastValue]));
  return (facts.sequences ?? [])
    .map((sequence): SequenceRow => {
      const value = values.get(sequence.oid);
      const last = value ?? null;
      const use = sequenceUse(sequence, last, sequenceHolders(sequence, catalog));
      const table = catalog.table(sequence.tableOid);
      const column = catalog.column(sequence.tableOid ?? 0, sequence.column ?? 0)?.name;
      return {
        name: catalog.label(sequence),
        type: sequence.dataType,
        feeds: table && column !== undefined ? `${catalog.label(table)}.${column}` : null,
        lastValue: last,
        value: value === undefined ? 'not read' : value === null ? 'never used' : 'known',
        limit: String(use.limit.value),
        limitOf: use.limit.origin,
        usedPercent: value === undefined ? null : use.usedPercent,
        daysLeft: daysLeft.get(sequence.oid) ?? null,
        isCycled: sequence.isCycled,
      };
    })
    .sort((a, b) => (b.usedPercent ?? -1) - (a.usedPercent ?? -1) || a.name.localeCompare(b.name));
}
