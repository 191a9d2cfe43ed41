import type { Fix } from '#shared/model/finding.ts';
import { COLUMN_STATISTICS_MIN_PAGES, type Facts, type TableFact } from '#shared/model/facts.ts';
import { formatAgo, formatCount } from '#shared/model/format.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { CheckContext, Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { analyzeTable } from '#engine/audit/fixes.ts';
import { leavesOf, rowsOf } from '#engine/audit/table-totals.ts';

const DAY_MS = 86_400_000;

export const staleStatistics = defineCheck({
  id: 'stale-statistics',
  title: 'Planner statistics are missing or old',
  category: 'performance',
  topic: 'planner',
  severity: 'medium',
  why: 'The planner chooses plans from the statistics that ANALYZE gathers. Without them, or with old ones, it guesses row counts and can pick plans that are slower by orders of magnitude. Autovacuum never analyses partitioned parents.',
  rule: 'Medium where a table of at least 1,000 rows was never analysed, where more than 20 % of its rows plus 10,000 changed since the last ANALYZE, or where a partitioned parent was not analysed in 7 days. Silent while an ANALYZE runs on it.',
  remedy:
    'Run ANALYZE. For partitioned parents, schedule it (18+: ANALYZE ONLY leaves the partitions alone).',
  docs: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS',
  needs: ['tables'],
  wants: ['progress'],
  thresholds: { minimumRows: 1000, changedPercent: 20, changedRows: 10_000, parentDays: 7 },
  evaluate(facts, context) {
    const { tables, server } = facts;
    if (server.isStandby)
      return { notApplicable: 'ANALYZE runs on the primary; its results are replicated.' };
    const { catalog } = context;
    const hasStatistics = analysedTables(facts);
    const findings: Draft[] = [];
    const undated: string[] = [];
    for (const table of tables) {
      if (table.kind === 'f' || catalog.progressOn(table.oid)?.command === 'analyze') continue;
      const draft =
        table.kind === 'p'
          ? judgeParent(table, server.versionNum, context, undated)
          : judgeTable(table, hasStatistics, server.versionNum, context);
      if (draft) findings.push(draft);
    }
    return {
      findings,
      unknown:
        undated.length === 0
          ? []
          : [
              {
                reason: `When these partitioned parents were last analysed is not known: ${listed(undated)}.`,
                grant: null,
              },
            ],
    };
  },
});

function judgeTable(
  table: TableFact,
  hasStatistics: (table: TableFact) => boolean | null,
  versionNum: number,
  { catalog, limit, statisticsWindow, nowMs }: CheckContext,
): Draft | null {
  const rows = rowsOf(table);
  const last = lastAnalyze(table);
  const counted = table.analyzeCount + table.autoanalyzeCount;
  const isNever =
    last === null && counted === 0 && (table.estimatedRows === null || hasStatistics(table) === false);
  if (isNever && rows !== null && rows >= limit('minimumRows')) {
    return draftOf(
      table,
      `${catalog.label(table)} (${formatCount(rows)} rows) was never analysed.`,
      { confidence: 'certain', confidenceReason: 'The catalog holds no statistics for it.' },
      rows,
      catalog,
      versionNum,
      undefined,
    );
  }
  if (rows === null) return null;
  const changed = table.modifiedSinceAnalyze;
  if (changed <= limit('changedRows') + (limit('changedPercent') / 100) * rows) return null;
  const ago = last === null ? 'an unknown time ago' : formatAgo(nowMs - Date.parse(last));
  return draftOf(
    table,
    `${formatCount(changed)} of ${formatCount(rows)} rows of ${catalog.label(table)} changed since it was analysed ${ago}.`,
    {
      confidence: 'likely',
      confidenceReason: 'The number of changed rows is counted by the server and may miss or repeat some.',
    },
    rows,
    catalog,
    versionNum,
    statisticsWindow,
  );
}

/** Parents carry no rows: what counts is the sum of their partitions. */
function judgeParent(
  table: TableFact,
  versionNum: number,
  { catalog, limit, statisticsAgeDays, statisticsWindow, nowMs }: CheckContext,
  undated: string[],
): Draft | null {
  const rows = leavesOf(table, catalog).reduce((sum, leaf) => sum + (rowsOf(leaf) ?? 0), 0);
  if (rows < limit('minimumRows')) return null;
  const last = lastAnalyze(table);
  const label = catalog.label(table);
  const sure = { confidence: 'certain', confidenceReason: 'Read from the catalog.' } as const;
  // Before 14 neither reltuples nor the counters of a parent tell of an ANALYZE.
  if (last === null && table.estimatedRows === null && versionNum >= 140000) {
    const message = `The partitioned table ${label} (${formatCount(rows)} rows in its partitions) was never analysed as a whole.`;
    return draftOf(table, message, sure, rows, catalog, versionNum, undefined);
  }
  const days = last === null ? statisticsAgeDays : (nowMs - Date.parse(last)) / DAY_MS;
  if (last === null && (days === null || days < limit('parentDays') || versionNum < 140000)) {
    undated.push(label);
    return null;
  }
  if (days === null || days < limit('parentDays')) return null;
  const when =
    last === null
      ? `not analysed as a whole for at least ${Math.floor(days)} days`
      : `last analysed as a whole ${formatAgo(days * DAY_MS)}`;
  return draftOf(
    table,
    `The partitioned table ${label} (${formatCount(rows)} rows in its partitions) was ${when}.`,
    sure,
    rows,
    catalog,
    versionNum,
    last === null ? statisticsWindow : undefined,
  );
}

function draftOf(
  table: TableFact,
  message: string,
  confidence: Pick<Draft, 'confidence' | 'confidenceReason'>,
  rows: number,
  catalog: Catalog,
  versionNum: number,
  window: string | undefined,
): Draft {
  return {
    severity: 'medium',
    ...confidence,
    object: catalog.tableRef(table),
    message,
    evidence: {
      rows,
      changedRows: table.kind === 'p' ? null : table.modifiedSinceAnalyze,
      lastAnalyzeAt: table.lastAnalyzeAt,
      lastAutoanalyzeAt: table.lastAutoanalyzeAt,
      isPartitionedParent: table.kind === 'p',
    },
    ...(window === undefined ? {} : { window }),
    gain: { text: 'The planner knows row counts and values again' },
    fix: fixOf(table, catalog, versionNum),
  };
}

function fixOf(table: TableFact, catalog: Catalog, versionNum: number): Fix {
  const fix = analyzeTable(table, catalog);
  if (table.kind !== 'p') return fix;
  if (versionNum >= 180000) return { ...fix, sql: [`ANALYZE ONLY ${catalog.quoted(table)}`] };
  return { ...fix, notes: [...fix.notes, 'This reads a sample of every partition and analyses them too.'] };
}

/** Whether the catalog holds statistics; null where we did not look (small tables) or may have missed some. */
function analysedTables(facts: Partial<Facts> & Pick<Facts, 'server'>): (table: TableFact) => boolean | null {
  const { columnStatistics, server } = facts;
  // Only these roles see the statistics of every table, so only then does absence prove anything.
  const seesAll = server.isSuperuser || server.memberOf.includes('pg_read_all_data');
  if (!columnStatistics || !seesAll) return () => null;
  const known = new Set(columnStatistics.map((s) => s.relationOid));
  return (table) => (table.pages < COLUMN_STATISTICS_MIN_PAGES ? null : known.has(table.oid));
}

function lastAnalyze(table: TableFact): string | null {
  const [a, b] = [table.lastAnalyzeAt, table.lastAutoanalyzeAt];
  if (a === null || b === null) return a ?? b;
  return Date.parse(a) > Date.parse(b) ? a : b;
}

function listed(names: readonly string[]): string {
  return names.length > 10
    ? `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`
    : names.join(', ');
}
