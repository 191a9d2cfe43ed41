import type { StatementFacts, TableFact } from '#shared/model/facts.ts';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import type { Draft, Unknown } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { observe } from '#engine/audit/observation.ts';
import { readWorkload, type StatementLoad, shortQuery } from '#engine/audit/statement-load.ts';
import { rowsOf } from '#engine/audit/table-totals.ts';

export const seqScanLargeTable = defineCheck({
  id: 'seq-scan-large-table',
  title: 'Large table is read from end to end',
  category: 'performance',
  topic: 'queries',
  severity: 'medium',
  why: 'Reading a whole large table for a few rows costs time that grows with the table and pushes other data out of the cache. Usually an index is missing or can not be used.',
  rule: 'Tables and matviews of at least 50,000 rows and 64 MB where a sequential scan reads 50 % of the rows or more on average, and that happens at least 100 times a day. Medium from 1,000 times a day, else low. Small tables never: a scan is the right plan there.',
  remedy: 'Find the statements that scan it and index the columns they filter or join by.',
  docs: 'https://www.postgresql.org/docs/current/indexes-examine.html',
  needs: ['tables'],
  thresholds: {
    minimumRows: 50_000,
    minimumBytes: 64 * 1024 ** 2,
    readPercent: 50,
    lowPerDay: 100,
    mediumPerDay: 1000,
  },
  evaluate({ tables, server, statements }, context) {
    const { catalog, limit, statisticsAgeDays, statisticsWindow, nowMs } = context;
    const atLeastDays = observe(server, context).days ?? 0;
    const statementsOn = createStatementFinder(statements, nowMs);
    const undated: string[] = [];
    const findings = tables.flatMap((table): Draft[] => {
      const rows = rowsOf(table);
      if (rows === null || rows < limit('minimumRows') || table.sizeBytes < limit('minimumBytes')) return [];
      if (table.seqScans === 0) return [];
      const perScan = table.seqRowsRead / table.seqScans;
      if (perScan < (limit('readPercent') / 100) * rows) return [];
      // Counters younger than a day would be blown up to a daily rate.
      const perDay = table.seqScans / Math.max(1, statisticsAgeDays ?? atLeastDays);
      if (perDay < limit('lowPerDay')) return [];
      if (statisticsAgeDays === null) {
        undated.push(catalog.label(table));
        return [];
      }
      return [
        {
          severity: perDay >= limit('mediumPerDay') ? 'medium' : 'low',
          confidence: 'likely',
          confidenceReason:
            'Counted over the life of the counters; exports and reports that need every row count too.',
          object: catalog.tableRef(table),
          message: `${catalog.label(table)} (${formatCount(rows)} rows, ${formatBytes(table.sizeBytes)}) is read from end to end ${formatCount(Math.round(perDay))} times a day.`,
          evidence: {
            seqScans: table.seqScans,
            seqScansPerDay: Math.round(perDay),
            rowsPerScan: Math.round(perScan),
            rows,
            sizeBytes: table.sizeBytes,
            indexScans: table.indexScans,
            lastSeqScanAt: table.lastSeqScanAt,
            statements: statementsOn(table),
          },
          window: statisticsWindow,
          gain: { text: `Up to ${formatBytes(table.sizeBytes)} less to read each time` },
          fix: guidedFix(`Find the statements that scan ${catalog.label(table)}`, [
            'Run EXPLAIN on the statements listed as evidence and look for Seq Scan with a filter that removes most rows.',
            'Index the columns of that filter or join; HypoPG shows whether the planner would use it.',
          ]),
        },
      ];
    });
    return { findings, unknown: unknownOf(undated) };
  },
});

/**
 * The heaviest statements whose text names a table as a word: a hint, not a proof. Texts are taken apart once, when the
 * first table asks.
 */
function createStatementFinder(
  statements: StatementFacts | undefined,
  nowMs: number,
): (table: TableFact) => string[] {
  let byWord: Map<string, StatementLoad[]> | null = null;
  return (table) => {
    byWord ??= statements ? indexByWord(readWorkload(statements, nowMs).loads) : new Map();
    const named = byWord.get(table.name.toLowerCase()) ?? [];
    return named.slice(0, 3).map((load) => shortQuery(load.query, 160));
  };
}

function indexByWord(loads: readonly StatementLoad[]): Map<string, StatementLoad[]> {
  const byWord = new Map<string, StatementLoad[]>();
  for (const load of [...loads].sort((a, b) => b.totalMs - a.totalMs)) {
    if (load.query === null || load.isUtility) continue;
    for (const word of new Set(load.query.toLowerCase().match(/[\w$\u0080-\uffff]+/g))) {
      const list = byWord.get(word);
      if (list) list.push(load);
      else byWord.set(word, [load]);
    }
  }
  return byWord;
}

function unknownOf(undated: readonly string[]): Unknown[] {
  if (undated.length === 0) return [];
  const names =
    undated.slice(0, 10).join(', ') + (undated.length > 10 ? ` and ${undated.length - 10} more` : '');
  return [
    {
      reason: `Since when scans are counted is not known, so how often these large tables are scanned is not known: ${names}.`,
      grant: null,
    },
  ];
}
