import type { TableFact } from '#shared/model/facts.ts';
import type { Severity } from '#shared/model/finding.ts';
import { formatBytes, formatPercent } from '#shared/model/format.ts';
import { createEstimator, isEstimate } from '#engine/audit/bloat-estimate.ts';
import { areStatisticsFresh, notEstimated } from '#engine/audit/bloat-limits.ts';
import type { CheckContext, Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { onPrimary } from '#engine/audit/standby.ts';
import { rewriteTable } from '#engine/audit/table-rewrite.ts';

const MB = 1024 ** 2;

export const tableBloat = defineCheck({
  id: 'table-bloat',
  title: 'Table holds much free space',
  category: 'storage',
  topic: 'bloat',
  severity: 'medium',
  why: 'VACUUM makes the room of dead rows usable again but rarely gives it back. After large deletes or a long time without VACUUM a table stays larger than its rows, and every scan reads the empty pages too.',
  rule: 'By an estimate from row count and column widths, without dead rows (VACUUM helps with those) and without the reserve of the fill factor: medium from 40 % and 500 MB, low from 25 % and 100 MB. Not estimated where statistics are missing, for columns of type name and after dropped columns.',
  remedy:
    'Rewrite the table where the space is worth it: pg_repack online, VACUUM FULL in a maintenance window, REPACK on 19.',
  docs: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY',
  needs: ['tables', 'columns', 'columnStatistics', 'types'],
  wants: ['progress'],
  thresholds: {
    mediumPercent: 40,
    mediumBytes: 500 * MB,
    lowPercent: 25,
    lowBytes: 100 * MB,
    staleChangedPercent: 20,
  },
  evaluate(facts, context) {
    const { catalog, limit } = context;
    const estimator = createEstimator(facts, catalog);
    const unjudged = new Map<string, string[]>();
    const findings = facts.tables.flatMap((table): Draft[] => {
      if (table.kind === 'p' || table.kind === 'f' || table.sizeBytes < limit('lowBytes')) return [];
      const estimate = estimator.table(table);
      if (!isEstimate(estimate)) {
        unjudged.set(estimate.reason, [...(unjudged.get(estimate.reason) ?? []), catalog.label(table)]);
        return [];
      }
      const deadBytes = Math.min(estimate.wastedBytes, table.deadRows * (estimate.rowBytes + 4));
      const freeBytes = estimate.wastedBytes - deadBytes;
      const freePercent = table.sizeBytes > 0 ? (freeBytes / table.sizeBytes) * 100 : 0;
      const severity = severityOf(freePercent, freeBytes, context);
      if (!severity) return [];
      const expectedBytes = table.sizeBytes - freeBytes - deadBytes;
      return [
        {
          severity,
          ...confidenceOf(table, limit('staleChangedPercent')),
          object: catalog.tableRef(table),
          message: `${catalog.label(table)} is ${formatBytes(table.sizeBytes)}, of which about ${formatBytes(freeBytes)} (${formatPercent(freePercent)}) is free space that only a rewrite gives back.`,
          evidence: {
            sizeBytes: table.sizeBytes,
            expectedBytes,
            freeBytes,
            freePercent: Math.round(freePercent * 10) / 10,
            deadBytes,
            deadRows: table.deadRows,
            fillFactorReserveBytes: estimate.reserveBytes,
            fillFactorPercent: estimate.fillFactorPercent,
            rows: table.estimatedRows,
            meanRowBytes: estimate.rowBytes,
            isExact: false,
          },
          gain: { bytes: freeBytes },
          fix: onPrimary(rewriteTable(table, expectedBytes, catalog, facts.server.versionNum), facts.server),
        },
      ];
    });
    return { findings, unknown: notEstimated(unjudged, 'tables') };
  },
});

function severityOf(percent: number, bytes: number, { limit }: CheckContext): Severity | null {
  if (percent >= limit('mediumPercent') && bytes >= limit('mediumBytes')) return 'medium';
  return percent >= limit('lowPercent') && bytes >= limit('lowBytes') ? 'low' : null;
}

function confidenceOf(
  table: TableFact,
  staleChangedPercent: number,
): Pick<Draft, 'confidence' | 'confidenceReason'> {
  const isFresh = areStatisticsFresh(table, staleChangedPercent);
  return {
    confidence: isFresh ? 'likely' : 'review',
    confidenceReason: isFresh
      ? 'An estimate from row count and column widths; pgstattuple_approx() would tell exactly. New rows may fill the space again.'
      : 'An estimate on stale statistics: run ANALYZE and check again.',
  };
}
