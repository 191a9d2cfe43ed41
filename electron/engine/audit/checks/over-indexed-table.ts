import type { Confidence, Fix } from '#shared/model/finding.ts';
import type { IndexFact, TableFact } from '#shared/model/facts.ts';
import { formatCount, formatCountOf } from '#shared/model/format.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { removeIndexes } from '#engine/audit/index-fixes.ts';
import { type RemovalRules, countStandbys, removalRules } from '#engine/audit/index-removal.ts';
import { indexTotals, isRemovable } from '#engine/audit/index-roles.ts';
import { type Observation, inDays, observe } from '#engine/audit/observation.ts';
import { tableTotals } from '#engine/audit/table-totals.ts';

export const overIndexedTable = defineCheck({
  id: 'over-indexed-table',
  title: 'Table has many indexes and uses few',
  category: 'performance',
  topic: 'indexes',
  severity: 'medium',
  why: 'Every insert writes to every index, and an update that touches an indexed column writes to all of them. A table with many unused indexes is slow to write, large to back up, and hard to plan for.',
  rule: 'A table with 8 indexes or more of which at least 70 % were never scanned. Medium from 12 indexes, else low. Primary keys, unique indexes and the last support of a foreign key are counted but never proposed for removal.',
  remedy:
    'Keep the indexes that carry rules and those your queries use; drop the rest one by one after a window that includes monthly jobs.',
  docs: 'https://www.postgresql.org/docs/current/indexes-examine.html',
  needs: ['indexes', 'tables', 'constraints', 'columns'],
  wants: ['replicationClients', 'replicationSlots'],
  thresholds: { indexes: 8, mediumIndexes: 12, neverScannedPercent: 70, observedDays: 30, plannedRows: 1000 },
  evaluate(facts, context) {
    const { catalog, limit } = context;
    if (facts.server.isStandby)
      return { notApplicable: 'A standby does not see how the primary uses its indexes.' };
    const rules = removalRules(facts, catalog);
    const watched = observe(facts.server, context);
    const standbys = countStandbys(facts);
    return facts.tables.flatMap((table): Draft[] => {
      const indexes = catalog.indexesOf(table.oid);
      // Partitions repeat the indexes of their parent; the parent stands for all of them.
      if (indexes.length < limit('indexes') || table.isPartition) return [];
      const never = indexes.filter((i) => indexTotals(i, catalog).scans === 0);
      const neverPercent = (never.length / indexes.length) * 100;
      const removable = unneeded(never, rules);
      if (neverPercent < limit('neverScannedPercent') || removable.length === 0) return [];
      const { rows, sizeBytes, inserted, updated, deleted } = tableTotals(table, catalog);
      const isSmall = rows === null || rows < limit('plannedRows');
      const isProven = (watched.days ?? 0) >= limit('observedDays') && standbys === 0 && !isSmall;
      const removableBytes = bytesOf(removable, catalog);
      return [
        {
          severity: indexes.length >= limit('mediumIndexes') ? 'medium' : 'low',
          ...confidenceOf(watched, limit('observedDays'), isSmall, standbys),
          object: catalog.tableRef(table),
          message: `${catalog.label(table)} has ${formatCountOf(indexes.length, 'index', 'indexes')} for ${rows === null ? 'an unknown number of rows' : formatCountOf(rows, 'row')}; ${formatCount(never.length)} of them were never scanned.`,
          evidence: {
            indexes: indexes.length,
            neverScanned: never.length,
            neverScannedPercent: Math.round(neverPercent),
            removable: removable.length,
            keptForRules: never.filter((i) => !isRemovable(i)).length,
            tableRows: rows,
            tableBytes: sizeBytes,
            indexBytes: bytesOf(indexes, catalog),
            removableBytes,
            tableWrites: inserted + updated + deleted,
            candidates: removable.map((i) => i.name),
          },
          window: watched.window,
          gain: {
            bytes: removableBytes,
            text: `Up to ${removable.length} indexes less to maintain on every write`,
          },
          fix: fixFor(table, removable, isProven, catalog),
        },
      ];
    });
  },
});

/** Never scanned, allowed to go, and not what another one is to be replaced by. */
function unneeded(never: readonly IndexFact[], rules: RemovalRules): IndexFact[] {
  return never.filter((i) => rules.keepReason(i) === null).sort((a, b) => a.name.localeCompare(b.name));
}

function confidenceOf(
  watched: Observation,
  observedDays: number,
  isSmall: boolean,
  standbys: number,
): { confidence: Confidence; confidenceReason: string } {
  const review = (confidenceReason: string): { confidence: Confidence; confidenceReason: string } => ({
    confidence: 'review',
    confidenceReason,
  });
  if (standbys > 0) return review('Standbys have index counters of their own that were not read.');
  if (watched.days === null) return review('The age of the counters is unknown.');
  if (watched.days < observedDays) {
    return review(`The counters cover ${inDays(watched.days)} only: a monthly job may still need an index.`);
  }
  if (isSmall) return review('The planner reads so small a table without an index, so scans say little.');
  return {
    confidence: 'likely',
    confidenceReason: `No scan in ${inDays(watched.days)}; PostgreSQL does not record when an index was created.`,
  };
}

function fixFor(table: TableFact, removable: readonly IndexFact[], isProven: boolean, catalog: Catalog): Fix {
  if (isProven) {
    return removeIndexes(table, removable, catalog, [
      'Drop them one by one where you can, and watch the slow queries after each.',
    ]);
  }
  return guidedFix(
    `Review ${formatCountOf(removable.length, 'index', 'indexes')} of ${catalog.label(table)}`,
    [
      'What was read does not prove that they are unused: look at the reason beside the confidence.',
      `Candidates: ${removable.map((i) => i.name).join(', ')}.`,
    ],
  );
}

function bytesOf(indexes: readonly IndexFact[], catalog: Catalog): number {
  return indexes.reduce((sum, i) => sum + indexTotals(i, catalog).sizeBytes, 0);
}
