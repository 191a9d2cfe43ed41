import { formatBytes } from '#shared/model/format.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { describeIndexColumns } from '#engine/audit/definitions.ts';
import { IndexNames } from '#engine/audit/index-names.ts';
import { concurrentKeyFix, rowKeyOf, servesConcurrentRefresh } from '#engine/audit/matview-keys.ts';
import { observe } from '#engine/audit/observation.ts';
import { rowsOf } from '#engine/audit/table-totals.ts';

export const matviewNoConcurrentKey = defineCheck({
  id: 'matview-no-concurrent-key',
  title: 'Materialized view cannot be refreshed while it is read',
  category: 'performance',
  topic: 'matviews',
  severity: 'medium',
  why: 'REFRESH MATERIALIZED VIEW locks out every reader until it is done. CONCURRENTLY lets them read on, but needs a unique index to tell old rows from new ones.',
  rule: 'A materialized view without a unique, valid, immediate index on plain columns of all rows (btree before 18). Medium where it was scanned and has 10 MB or more, else low.',
  remedy:
    'Create a unique index on the columns that name each row. They should hold no NULLs: rows with NULLs are rewritten on every refresh.',
  docs: 'https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html',
  needs: ['tables', 'indexes', 'columns'],
  wants: ['columnStatistics'],
  thresholds: { mediumBytes: 10_485_760 },
  evaluate(facts, context) {
    const { catalog, limit } = context;
    const names = new IndexNames(facts);
    const watched = observe(facts.server, context);
    return facts.tables.flatMap((view): Draft[] => {
      if (view.kind !== 'm' || view.isExtensionOwned) return [];
      const indexes = catalog.indexesOf(view.oid);
      if (indexes.some((i) => servesConcurrentRefresh(i, facts.server.versionNum))) return [];
      const scans = view.seqScans + view.indexScans;
      const key = rowKeyOf(view, facts.columnStatistics ?? [], catalog);
      const unusable = indexes.filter((i) => i.isUnique).sort((a, b) => a.name.localeCompare(b.name));
      return [
        {
          severity: scans > 0 && view.sizeBytes >= limit('mediumBytes') ? 'medium' : 'low',
          confidence: 'certain',
          confidenceReason: 'Read from the catalog.',
          object: catalog.tableRef(view),
          message: `${catalog.label(view)} (${formatBytes(view.sizeBytes)}) has no unique index that REFRESH MATERIALIZED VIEW CONCURRENTLY could use.`,
          evidence: {
            sizeBytes: view.sizeBytes,
            viewRows: rowsOf(view),
            scans,
            populated: view.isPopulated,
            candidateColumn: key?.columns.join(', ') ?? null,
            unusableUniqueIndexes: unusable.map((i) => `${i.name}: ${describeIndexColumns(i, catalog)}`),
          },
          window: watched.window,
          gain: { text: 'Readers go on during a refresh' },
          fix: concurrentKeyFix(view, key, names, catalog),
        },
      ];
    });
  },
});
