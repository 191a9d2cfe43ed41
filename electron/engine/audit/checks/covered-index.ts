import type { Confidence, Severity } from '#shared/model/finding.ts';
import { formatBytes } from '#shared/model/format.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { describeIndexColumns } from '#engine/audit/definitions.ts';
import { removeIndex } from '#engine/audit/index-fixes.ts';
import { opaqueIndexes, redundancyPlan } from '#engine/audit/index-redundancy.ts';
import { indexTotals } from '#engine/audit/index-roles.ts';
import { observe } from '#engine/audit/observation.ts';
import { tableTotals } from '#engine/audit/table-totals.ts';

export const coveredIndex = defineCheck({
  id: 'covered-index',
  title: 'A longer index covers this one',
  category: 'storage',
  topic: 'indexes',
  severity: 'medium',
  why: 'A btree index on (a, b) also finds rows by a alone. A separate index on (a) is then maintained on every write for little or nothing.',
  rule: 'A plain btree index, bound to no constraint, whose keys are the first keys of another valid index with the same predicate, operator classes, collations and directions, and whose INCLUDE columns are all in it. Medium from 100 MB where the longer index is at most 3 times its size; else low. Info where the longer one is more than 3 times its size and this one is in use: it may be small on purpose.',
  remedy: 'Drop the shorter index, unless its small size is what makes its queries fast.',
  docs: 'https://www.postgresql.org/docs/current/indexes-multicolumn.html',
  needs: ['indexes', 'tables', 'columns', 'constraints'],
  thresholds: { mediumBytes: 104_857_600, sizeRatio: 3 },
  evaluate(facts, context) {
    const { catalog, limit } = context;
    const plan = redundancyPlan(facts, catalog);
    const watched = observe(facts.server, context);
    const findings = plan.covered.map(({ drop, keep, isReversed }): Draft => {
      const table = catalog.table(drop.tableOid);
      const mine = indexTotals(drop, catalog);
      const cover = indexTotals(keep, catalog);
      const ratio = cover.sizeBytes / Math.max(1, mine.sizeBytes);
      const isMuchWider = ratio > limit('sizeRatio');
      const severity = judge(mine, isMuchWider, limit('mediumBytes'));
      const writes = table ? tableTotals(table, catalog) : null;
      const written = writes ? writes.inserted + writes.updated + writes.deleted : 0;
      return {
        severity,
        ...confidenceOf(isReversed, isMuchWider && mine.scans > 0),
        object: catalog.indexRef(drop),
        message: `${catalog.label(drop)} on ${table ? catalog.label(table) : 'its table'} is covered by ${keep.name}; dropping it frees ${formatBytes(mine.sizeBytes)}.`,
        evidence: {
          columns: describeIndexColumns(drop, catalog),
          keep: keep.name,
          keepReason: 'its first keys are the same',
          keepColumns: describeIndexColumns(keep, catalog),
          sizeBytes: mine.sizeBytes,
          keepSizeBytes: cover.sizeBytes,
          scans: mine.scans,
          keepScans: cover.scans,
          tableWrites: written,
          ...(watched.days !== null && watched.days >= 1 && !watched.isLowerBound
            ? { tableWritesPerDay: Math.round(written / watched.days) }
            : {}),
        },
        window: watched.window,
        gain: { bytes: mine.sizeBytes, text: 'One index less to maintain on every write' },
        fix: removeIndex(drop, catalog, [
          `Queries that used it will use ${keep.name}, which is ${formatBytes(cover.sizeBytes)}.`,
        ]),
      };
    });
    return { findings, unknown: opaqueIndexes(plan, catalog) };
  },
});

function judge(
  mine: { sizeBytes: number; scans: number },
  isMuchWider: boolean,
  mediumBytes: number,
): Severity {
  if (isMuchWider) return mine.scans > 0 ? 'info' : 'low';
  return mine.sizeBytes >= mediumBytes ? 'medium' : 'low';
}

function confidenceOf(
  isReversed: boolean,
  isSmallOnPurpose: boolean,
): { confidence: Confidence; confidenceReason: string } {
  if (isSmallOnPurpose) {
    return {
      confidence: 'review',
      confidenceReason: 'The longer index is much larger and this one is in use: it may be small on purpose.',
    };
  }
  return isReversed
    ? {
        confidence: 'review',
        confidenceReason: 'All directions are inverted: the longer index has to be read backward.',
      }
    : {
        confidence: 'likely',
        confidenceReason: 'The keys are equal by the catalog; the longer index is somewhat slower to read.',
      };
}
