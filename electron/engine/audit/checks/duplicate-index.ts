import type { IndexFact } from '#shared/model/facts.ts';
import type { Confidence, Fix } from '#shared/model/finding.ts';
import { formatBytes } from '#shared/model/format.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { describeIndexColumns } from '#engine/audit/definitions.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { removeIndex } from '#engine/audit/index-fixes.ts';
import { type Redundancy, opaqueIndexes, redundancyPlan } from '#engine/audit/index-redundancy.ts';
import { indexTotals } from '#engine/audit/index-roles.ts';
import { observe } from '#engine/audit/observation.ts';

export const duplicateIndex = defineCheck({
  id: 'duplicate-index',
  title: 'Two indexes do the same',
  category: 'storage',
  topic: 'indexes',
  severity: 'medium',
  why: 'Every write maintains both, both take cache and disk, and no query is faster for it.',
  rule: 'Indexes of one table with the same access method, key columns or expressions, INCLUDE columns, operator classes, collations, directions and predicate. A plain index beside a unique one with the same keys counts; a unique one is only replaced by an equally unique one. One index of each group is kept: the one behind a constraint, then replica identity, referenced by a foreign key, clustered, most scanned, oldest.',
  remedy: 'Drop every index of the group but the one to keep.',
  docs: 'https://www.postgresql.org/docs/current/indexes.html',
  needs: ['indexes', 'tables', 'columns', 'constraints'],
  thresholds: {},
  evaluate(facts, context) {
    const { catalog } = context;
    const plan = redundancyPlan(facts, catalog);
    const { window } = observe(facts.server, context);
    const findings = plan.duplicates.map((found): Draft => {
      const { drop, keep } = found;
      const table = catalog.table(drop.tableOid);
      const mine = indexTotals(drop, catalog);
      const kept = indexTotals(keep, catalog);
      const reason = keepReason(keep, drop, catalog);
      const blocker = blockerOf(drop);
      return {
        severity: 'medium',
        ...confidenceOf(found, blocker),
        object: catalog.indexRef(drop),
        message: `${catalog.label(drop)} on ${table ? catalog.label(table) : 'its table'} does the same as ${keep.name}; dropping it frees ${formatBytes(mine.sizeBytes)}.`,
        evidence: {
          columns: describeIndexColumns(drop, catalog),
          keep: keep.name,
          keepReason: reason,
          keepColumns: describeIndexColumns(keep, catalog),
          sizeBytes: mine.sizeBytes,
          keepSizeBytes: kept.sizeBytes,
          scans: mine.scans,
          keepScans: kept.scans,
          equality: found.isReversed
            ? 'same keys, read from the other end'
            : found.isWeaker
              ? 'same keys, without uniqueness'
              : 'identical',
        },
        window,
        gain: { bytes: mine.sizeBytes, text: 'One index less to maintain on every write' },
        fix: fixFor(found, blocker, catalog),
      };
    });
    return { findings, unknown: opaqueIndexes(plan, catalog) };
  },
});

function confidenceOf(
  found: Redundancy,
  blocker: string | null,
): { confidence: Confidence; confidenceReason: string } {
  if (blocker !== null)
    return { confidence: 'review', confidenceReason: `The definitions are equal, but ${blocker}.` };
  if (found.isReversed) {
    return {
      confidence: 'likely',
      confidenceReason: 'All directions are inverted: one index read backward gives the order of the other.',
    };
  }
  return { confidence: 'certain', confidenceReason: 'Compared column by column from the catalog.' };
}

/** What has to be settled before this index can go; null = nothing. */
function blockerOf(drop: IndexFact): string | null {
  if (drop.isReferencedByForeignKey) return 'foreign keys of other tables are bound to this one';
  if (drop.isReplicaIdentity) return 'it is the replica identity of its table';
  if (drop.isClustered) return 'the table is clustered on it';
  return null;
}

/** Why this one of two equal indexes is the one to keep. */
export function keepReason(keep: IndexFact, drop: IndexFact, catalog: Catalog): string {
  if (keep.isPrimary) return 'it is the primary key';
  if (keep.constraintOid !== null) return 'it is behind a constraint';
  if (keep.isUnique && !drop.isUnique) return 'it is unique';
  if (keep.isReplicaIdentity) return 'it is the replica identity';
  if (keep.isReferencedByForeignKey) return 'foreign keys are bound to it';
  if (keep.isClustered) return 'the table is clustered on it';
  if (keep.parentIndexOid !== null) return 'it belongs to a partitioned index';
  if (keep.isExtensionOwned) return 'it belongs to an extension';
  const more = indexTotals(keep, catalog).scans > indexTotals(drop, catalog).scans;
  return more ? 'it is scanned more' : 'it is older';
}

function fixFor({ drop, keep }: Redundancy, blocker: string | null, catalog: Catalog): Fix {
  const table = catalog.table(drop.tableOid);
  if (drop.isReferencedByForeignKey || drop.isReplicaIdentity) {
    return guidedFix(`Bind what uses ${drop.name} to ${keep.name}, then drop it`, [
      `It cannot be dropped as it is: ${blocker}.`,
      drop.isReplicaIdentity
        ? `Set REPLICA IDENTITY USING INDEX ${quoteIdentifier(keep.name)} first, or DEFAULT where that is the primary key.`
        : 'Drop and add those foreign keys: new ones bind to the primary key where there is one.',
    ]);
  }
  const fix = removeIndex(drop, catalog);
  if (!drop.isClustered || !table || fix.undo.length === 0) return fix;
  return {
    ...fix,
    undo: [...fix.undo, `ALTER TABLE ${catalog.quoted(table)} CLUSTER ON ${quoteIdentifier(drop.name)}`],
    notes: [...fix.notes, 'A later CLUSTER without an index name would no longer know its order.'],
  };
}
