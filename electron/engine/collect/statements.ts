import type { StatementFact } from '#shared/model/facts.ts';
import type { Unread } from '#shared/model/snapshot.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import { EngineError } from '#engine/errors.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { instant, list, number, numberOrNull, text, textOrNull } from './decode.ts';
import type { CollectContext, FamilyResult, OwnFamily } from './family.ts';
import { grantMonitor, hasReachableSuperuser, seesAllStatistics } from './grants.ts';
import { isOwnStatement } from './tagged-session.ts';
import { unreadFact, unreadPart } from './unread.ts';

/**
 * Statements of this database from pg_stat_statements, whatever schema it is in. What it offers is told by the view's
 * columns, because the installed version of the extension may lag behind the server's.
 */
export const statementsFamily: OwnFamily = {
  facts: ['statements'],
  label: 'statements',
  async run(context) {
    const { session, signal, capabilities } = context;
    const extension = capabilities.extensions.get('pg_stat_statements');
    if (!extension) return cannot(context, 'is not installed in this database');
    const schema = quoteIdentifier(extension.schema);
    try {
      const { rows, info } = await session.read(
        'statements',
        async (transaction) => {
          const views = await transaction.rows(VIEWS_SQL, [extension.schema]);
          const columns = new Map(views.map(([view, names]) => [text(view), new Set(list(names))]));
          const sql = statementsSql(schema, columns.get('pg_stat_statements') ?? new Set());
          return {
            rows: await transaction.rows(sql, [capabilities.databaseOid]),
            info: columns.has('pg_stat_statements_info')
              ? await transaction.rows(
                  `SELECT stats_reset::text, dealloc FROM ${schema}.pg_stat_statements_info`,
                )
              : [],
          };
        },
        { signal },
      );
      const statements = rows.map(toStatement);
      const [since, evictions] = info[0] ?? [];
      const fact = {
        extensionVersion: extension.version,
        schema: extension.schema,
        statisticsSince: instant(since),
        evictions: numberOrNull(evictions),
        totalExecMs: numberOrNull(rows[0]?.[0]) ?? 0,
        statements,
      };
      return { facts: { statements: fact }, unread: hiddenTexts(context, statements) };
    } catch (error) {
      // object_not_in_prerequisite_state: created, but the library is not in shared_preload_libraries.
      if (error instanceof EngineError && error.sqlState === '55000') return cannot(context, 'is not loaded');
      throw error;
    }
  },
  grant: ({ capabilities }) => {
    const extension = capabilities.extensions.get('pg_stat_statements');
    if (!extension) return null;
    const [schema, role] = [quoteIdentifier(extension.schema), quoteIdentifier(capabilities.role)];
    return `GRANT USAGE ON SCHEMA ${schema} TO ${role}; GRANT SELECT ON ${schema}.pg_stat_statements TO ${role}`;
  },
};

function cannot(context: CollectContext, why: string): FamilyResult {
  const { capabilities, facts } = context;
  const libraries = facts.settings?.find((s) => s.name === 'shared_preload_libraries')?.setting;
  const isLoaded = libraries
    ?.split(',')
    .some((name) => name.trim().replaceAll('"', '').endsWith('pg_stat_statements'));
  const isInstalled = capabilities.extensions.has('pg_stat_statements');
  const load = hasReachableSuperuser(capabilities)
    ? 'add pg_stat_statements to shared_preload_libraries and restart the server'
    : "add pg_stat_statements to shared_preload_libraries in the service's parameters and restart the server";
  const create = 'run CREATE EXTENSION pg_stat_statements in this database';
  const steps = [...(isLoaded === true ? [] : [load]), ...(isInstalled ? [] : [create])].join(', then ');
  const reason = `pg_stat_statements ${why}: ${steps || 'restart the server'}.`;
  return { facts: {}, unread: [unreadFact('statements', 'extension', reason)] };
}

function hiddenTexts(
  { capabilities }: CollectContext,
  statements: readonly StatementFact[],
): readonly Unread[] {
  if (seesAllStatistics(capabilities) || statements.every((s) => s.query !== null)) return [];
  const reason = 'The texts of statements that other roles ran are hidden from this role.';
  return [unreadPart('statements', 'privilege', reason, grantMonitor(capabilities))];
}

function toStatement(row: Row): StatementFact {
  const [, queryId, role, calls, total, mean, max, deviation, rows, hit, read, tempWritten, ...rest] = row;
  const [plan, io, wal, isTopLevel, query] = rest;
  const statement = textOrNull(query);
  return {
    queryId: textOrNull(queryId) ?? '',
    role: text(role),
    calls: number(calls),
    totalMs: number(total),
    meanMs: number(mean),
    maxMs: number(max),
    stddevMs: number(deviation),
    rows: number(rows),
    sharedBlocksHit: number(hit),
    sharedBlocksRead: number(read),
    tempBlocksWritten: number(tempWritten),
    planMs: numberOrNull(plan),
    ioMs: numberOrNull(io),
    walBytes: numberOrNull(wal),
    isTopLevel: isTopLevel !== false,
    query: statement,
    isOwn: statement !== null && isOwnStatement(statement),
  };
}

/** The default of pg_stat_statements.max: all of them, on most servers. */
const HEAVIEST = 5_000;
/** reliability.md §4.2. */
const QUERY_CHARACTERS = 8_192;

/** One scan: the function behind the view reads the file with all statement texts each time. */
function statementsSql(schema: string, columns: ReadonlySet<string>): string {
  // Before 1.8 (server 13) there was only one kind of time.
  const time = (name: string): string =>
    columns.has(`${name}_exec_time`) ? `${name}_exec_time` : `${name}_time`;
  const either = (...names: readonly string[]): string => names.find((name) => columns.has(name)) ?? 'NULL';
  // 17 split the times by kind of block.
  const [reading, writing] = [
    either('shared_blk_read_time', 'blk_read_time'),
    either('shared_blk_write_time', 'blk_write_time'),
  ];
  return `
    WITH own AS MATERIALIZED (
      SELECT queryid, userid, calls, ${time('total')} AS total, ${time('mean')} AS mean, ${time('max')} AS max,
        ${time('stddev')} AS stddev, rows, shared_blks_hit, shared_blks_read, temp_blks_written,
        ${either('total_plan_time')} AS plan, ${reading} + ${writing} AS io, ${either('wal_bytes')}::float8 AS wal,
        ${either('toplevel')} AS toplevel, pg_catalog.left(query, ${QUERY_CHARACTERS}) AS query
      FROM ${schema}.pg_stat_statements WHERE dbid = $1::pg_catalog.oid),
    ranked AS (
      SELECT *, pg_catalog.sum(total) OVER () AS everything,
        pg_catalog.row_number() OVER (ORDER BY total DESC) AS by_total,
        pg_catalog.row_number() OVER (ORDER BY mean DESC) AS by_mean,
        pg_catalog.row_number() OVER (ORDER BY calls DESC) AS by_calls
      FROM own)
    SELECT everything, queryid::text, pg_catalog.pg_get_userbyid(userid), calls, total, mean, max, stddev, rows,
      shared_blks_hit, shared_blks_read, temp_blks_written, plan, io, wal, toplevel, nullif(query, '<insufficient privilege>')
    FROM ranked WHERE least(by_total, by_mean, by_calls) <= ${HEAVIEST} ORDER BY total DESC`;
}

const VIEWS_SQL = `
  SELECT c.relname, pg_catalog.array_agg(a.attname) FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
  WHERE n.nspname = $1 AND c.relname IN ('pg_stat_statements', 'pg_stat_statements_info') GROUP BY c.relname`;
