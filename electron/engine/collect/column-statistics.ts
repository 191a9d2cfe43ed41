import { COLUMN_STATISTICS_MIN_PAGES, type ColumnStatistics, type TableFact } from '#shared/model/facts.ts';
import type { Unread } from '#shared/model/snapshot.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import { quoteIdentifier, quoteQualified } from '#engine/postgres/quote.ts';
import { number } from './decode.ts';
import type { CollectContext, SharedFamily } from './family.ts';
import { unreadPart } from './unread.ts';
import { mapRows } from './yielding.ts';

/**
 * Null fractions, widths and distinct counts of big tables and of their expression indexes. From pg_statistic where
 * the role may read it; the pg_stats view checks privileges row by row (590 ms with 10,000 tables) and shows only
 * tables that the role may read. Needs `tables` and `indexes`.
 */
export const columnStatisticsFamily: SharedFamily = {
  facts: ['columnStatistics'],
  label: 'column statistics',
  needs: ['tables', 'indexes'],
  readsFacts: true,
  async read(transaction, context) {
    const { tables, indexes } = context.facts;
    if (!tables || !indexes) throw new Error('The tables that the statistics belong to could not be read.');
    const big = tables.filter((t) => t.pages >= COLUMN_STATISTICS_MIN_PAGES);
    const bigOids = new Set(big.map((t) => t.oid));
    const expressionIndexes = indexes.filter((i) => bigOids.has(i.tableOid) && i.columns.includes(0));
    const oids = [...bigOids, ...expressionIndexes.map((i) => i.oid)];
    if (context.capabilities.canSelect('pg_statistic')) {
      const rows = await transaction.rows(STATISTIC_SQL, [oids]);
      return async () => ({ facts: { columnStatistics: await mapRows(rows, toStatistics) } });
    }
    const rows = await transaction.rows(STATS_SQL, [oids]);
    const hidden = await transaction.rows(HIDDEN_SQL, [[...bigOids]]);
    return async () => ({
      facts: { columnStatistics: await mapRows(rows, toStatistics) },
      unread: unreadTables(context, big, hidden),
    });
  },
};

function toStatistics([relation, column, nulls, width, distinct]: Row): ColumnStatistics {
  return {
    relationOid: number(relation),
    column: number(column),
    nullFraction: number(nulls),
    averageWidthBytes: number(width),
    distinct: number(distinct),
  };
}

function unreadTables(
  { capabilities }: CollectContext,
  tables: readonly TableFact[],
  hidden: readonly Row[],
): readonly Unread[] {
  const role = quoteIdentifier(capabilities.role);
  const pick = (cause: string): TableFact[] => {
    const oids = new Set(hidden.filter(([, why]) => why === cause).map(([oid]) => number(oid)));
    return tables.filter((t) => oids.has(t.oid));
  };
  const forbidden = pick('privilege');
  const guarded = pick('row security');
  const count = (list: readonly TableFact[]): string =>
    list.length === 1 ? 'one large table' : `${list.length} large tables`;
  const names =
    forbidden.length <= NAMES_PER_GRANT
      ? forbidden.map((t) => quoteQualified(t.schema, t.name)).join(', ')
      : `ALL TABLES IN SCHEMA ${[...new Set(forbidden.map((t) => quoteIdentifier(t.schema)))].join(', ')}`;
  return [
    ...(forbidden.length === 0
      ? []
      : [
          unreadPart(
            'columnStatistics',
            'privilege',
            `Column statistics of ${count(forbidden)} are hidden: this role may not SELECT from them.`,
            `GRANT SELECT ON ${names} TO ${role}`,
            forbidden.map((t) => t.oid),
          ),
        ]),
    ...(guarded.length === 0
      ? []
      : [
          unreadPart(
            'columnStatistics',
            'privilege',
            `Column statistics of ${count(guarded)} are hidden by row-level security: only their owner or a role with BYPASSRLS sees them.`,
            null,
            guarded.map((t) => t.oid),
          ),
        ]),
  ];
}

const NAMES_PER_GRANT = 20;

const STATISTIC_SQL = `SELECT s.starelid, s.staattnum, s.stanullfrac, s.stawidth, s.stadistinct
  FROM pg_catalog.pg_statistic s WHERE s.starelid = ANY ($1::pg_catalog.oid[]) AND NOT s.stainherit`;

/*
 * The view names relations by text only (before 19). The two arrays are computed once and reach the indexes of the
 * catalogs behind the view, name comparison being leakproof; a join with it would make it compute every row.
 */
const STATS_SQL = `
  SELECT c.oid, a.attnum, s.null_frac, s.avg_width, s.n_distinct
  FROM pg_catalog.pg_stats s
  JOIN pg_catalog.pg_namespace n ON n.nspname = s.schemaname
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
  WHERE NOT s.inherited AND c.oid = ANY ($1::pg_catalog.oid[])
    AND s.tablename = ANY (ARRAY (SELECT relname FROM pg_catalog.pg_class WHERE oid = ANY ($1::pg_catalog.oid[])))`;

const HIDDEN_SQL = `
  SELECT c.oid, CASE WHEN pg_catalog.has_table_privilege(c.oid, 'SELECT') THEN 'row security' ELSE 'privilege' END
  FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1::pg_catalog.oid[])
    AND (NOT pg_catalog.has_table_privilege(c.oid, 'SELECT')
      OR (c.relrowsecurity AND pg_catalog.row_security_active(c.oid)))`;
