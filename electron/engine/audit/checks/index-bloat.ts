import type { IndexFact } from '#shared/model/facts.ts';
import type { Fix, Severity } from '#shared/model/finding.ts';
import { formatBytes, formatPercent } from '#shared/model/format.ts';
import { createEstimator, isEstimate } from '#engine/audit/bloat-estimate.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { CheckContext, Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { reindexConcurrently, statementFix } from '#engine/audit/fixes.ts';
import { areStatisticsFresh, notEstimated } from '#engine/audit/bloat-limits.ts';
import { onPrimary } from '#engine/audit/standby.ts';

const MB = 1024 ** 2;

export const indexBloat = defineCheck({
  id: 'index-bloat',
  title: 'Index is larger than it needs to be',
  category: 'storage',
  topic: 'bloat',
  severity: 'medium',
  why: 'Entries of deleted rows leave gaps that only new keys of the same range fill again. A bloated index takes disk, cache and time on every scan.',
  rule: 'btree indexes, by an estimate from row count and column widths: medium from 50 % and 200 MB of waste, low from 30 % and 50 MB. The statistics must be fresh (at most 20 % of the rows changed since ANALYZE). Other access methods are not estimated.',
  remedy: 'Rebuild it with REINDEX INDEX CONCURRENTLY. pgstatindex() measures it exactly first.',
  docs: 'https://www.postgresql.org/docs/current/routine-reindex.html',
  needs: ['tables', 'indexes', 'columns', 'columnStatistics', 'types'],
  wants: ['progress'],
  thresholds: {
    mediumPercent: 50,
    mediumBytes: 200 * MB,
    lowPercent: 30,
    lowBytes: 50 * MB,
    staleChangedPercent: 20,
  },
  evaluate(facts, context) {
    const { catalog, limit } = context;
    const estimator = createEstimator(facts, catalog);
    const unjudged = new Map<string, string[]>();
    const skip = (reason: string, index: IndexFact): void => {
      unjudged.set(reason, [...(unjudged.get(reason) ?? []), catalog.label(index)]);
    };
    const findings = facts.indexes.flatMap((index): Draft[] => {
      const isCandidate = index.accessMethod === 'btree' && index.isValid && !index.isPartitioned;
      if (!isCandidate || index.sizeBytes < limit('lowBytes') || catalog.progressOn(index.oid)) return [];
      const estimate = estimator.index(index);
      if (!isEstimate(estimate)) {
        skip(estimate.reason, index);
        return [];
      }
      const severity = severityOf(estimate.bloatPercent, estimate.wastedBytes, context);
      if (!severity) return [];
      const table = catalog.table(index.tableOid);
      if (!table || !areStatisticsFresh(table, limit('staleChangedPercent'))) {
        skip('the statistics are stale: run ANALYZE first', index);
        return [];
      }
      return [
        {
          severity,
          ...confidenceOf(index),
          object: catalog.indexRef(index),
          message: `${catalog.label(index)} is ${formatBytes(index.sizeBytes)}, of which about ${formatBytes(estimate.wastedBytes)} (${formatPercent(estimate.bloatPercent)}) would go with a rebuild.`,
          evidence: {
            sizeBytes: index.sizeBytes,
            expectedBytes: index.sizeBytes - estimate.wastedBytes,
            wastedBytes: estimate.wastedBytes,
            bloatPercent: Math.round(estimate.bloatPercent * 10) / 10,
            fillFactorPercent: estimate.fillFactorPercent,
            rows: index.estimatedRows,
            meanEntryBytes: estimate.rowBytes,
            isExact: false,
          },
          gain: { bytes: estimate.wastedBytes },
          fix: onPrimary(rebuildFix(index, catalog), facts.server),
        },
      ];
    });
    return { findings, unknown: notEstimated(unjudged, 'indexes') };
  },
});

function severityOf(percent: number, bytes: number, { limit }: CheckContext): Severity | null {
  if (percent >= limit('mediumPercent') && bytes >= limit('mediumBytes')) return 'medium';
  return percent >= limit('lowPercent') && bytes >= limit('lowBytes') ? 'low' : null;
}

function confidenceOf(index: IndexFact): Pick<Draft, 'confidence' | 'confidenceReason'> {
  const isSpecial = index.predicate !== null || index.columns.includes(0) || index.isOpaque;
  return {
    confidence: isSpecial ? 'review' : 'likely',
    confidenceReason: isSpecial
      ? 'An estimate; widths in a partial or expression index may differ from those of the table.'
      : 'An estimate from row count and column widths; pgstatindex() would tell exactly.',
  };
}

function rebuildFix(index: IndexFact, catalog: Catalog): Fix {
  const exact = `To measure first: SELECT * FROM pgstatindex('${catalog.quoted(index).replaceAll("'", "''")}'); (extension pgstattuple, reads the whole index)`;
  if (!index.isExclusion) return reindexConcurrently(index, catalog, [exact]);
  // REINDEX CONCURRENTLY is refused for exclusion constraints.
  return statementFix({
    title: `Rebuild the index ${index.name}`,
    sql: [`REINDEX INDEX ${catalog.quoted(index)}`],
    undo: [],
    risk: 'R3',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: 'Writes to its table wait, and so do reads that need the index, until it is rebuilt.',
    notes: [exact, 'An index of an exclusion constraint can not be rebuilt concurrently.'],
  });
}
