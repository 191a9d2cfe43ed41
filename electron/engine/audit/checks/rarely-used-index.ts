import { formatBytes, formatCount } from '#shared/model/format.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { describeIndexColumns } from '#engine/audit/definitions.ts';
import { countStandbys, removalRules } from '#engine/audit/index-removal.ts';
import { indexTotals } from '#engine/audit/index-roles.ts';
import { observe } from '#engine/audit/observation.ts';
import { tableTotals } from '#engine/audit/table-totals.ts';

export const rarelyUsedIndex = defineCheck({
  id: 'rarely-used-index',
  title: 'Index is written far more often than read',
  category: 'storage',
  topic: 'indexes',
  severity: 'info',
  why: 'An index earns its place by being read. One that thousands of writes maintain for a single scan may cost more than it gives, but that scan may be the one that matters.',
  rule: 'Info for indexes of 100 MB or more with some scans, but fewer than 1 per 1,000 rows written to the table. Indexes that carry a rule, that are the last support of a foreign key, or that another check proposes to drop are left out.',
  remedy: 'Find the queries that use it before deciding. Nothing is proposed automatically.',
  docs: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW',
  needs: ['indexes', 'tables', 'constraints', 'columns'],
  wants: ['replicationClients', 'replicationSlots'],
  thresholds: { sizeBytes: 104_857_600, scansPerThousandWrites: 1, leastWrites: 1000, unusedDays: 30 },
  evaluate(facts, context) {
    const { catalog, limit, nowMs } = context;
    if (facts.server.isStandby) return { notApplicable: 'A standby does not write to its indexes.' };
    const rules = removalRules(facts, catalog);
    const watched = observe(facts.server, context);
    const standbys = countStandbys(facts);
    return facts.indexes.flatMap((index): Draft[] => {
      if (index.scans === 0 && !index.isPartitioned) return [];
      if (rules.plan.dropped.has(index.oid) || rules.keepReason(index) !== null) return [];
      const table = catalog.table(index.tableOid);
      const totals = indexTotals(index, catalog);
      if (!table || totals.scans === 0 || totals.sizeBytes < limit('sizeBytes')) return [];
      // Long unused by its last scan (16+): unused-index says so.
      const lastMs = totals.lastScanAt ? Date.parse(totals.lastScanAt) : nowMs;
      if (nowMs - lastMs >= limit('unusedDays') * 86_400_000) return [];
      const { inserted, updated, deleted, hotUpdated } = tableTotals(table, catalog);
      const writes = inserted + updated + deleted;
      const perThousand = (totals.scans / Math.max(1, writes)) * 1000;
      if (writes < limit('leastWrites') || perThousand >= limit('scansPerThousandWrites')) return [];
      return [
        {
          severity: 'info',
          confidence: 'review',
          confidenceReason:
            standbys > 0
              ? 'Standbys have counters of their own that were not read.'
              : 'Few scans may still be the ones that matter.',
          object: catalog.indexRef(index),
          message: `${catalog.label(index)} on ${catalog.label(table)} (${formatBytes(totals.sizeBytes)}) was scanned ${formatCount(totals.scans)} times while ${formatCount(writes)} rows were written.`,
          evidence: {
            columns: describeIndexColumns(index, catalog),
            sizeBytes: totals.sizeBytes,
            scans: totals.scans,
            lastScanAt: totals.lastScanAt,
            tableWrites: writes,
            scansPerThousandWrites: Math.round(perThousand * 1000) / 1000,
            hotUpdatePercent: updated > 0 ? Math.round((hotUpdated / updated) * 1000) / 10 : null,
          },
          window: watched.window,
        },
      ];
    });
  },
});
