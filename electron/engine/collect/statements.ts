import type { StatementFact } from '#shared/model/facts.ts';
import type { Unread } from '#shared/model/snapshot.ts';
import { EngineError } from '#engine/errors.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { ReadTransaction } from '#engine/postgres/read-session.ts';
import { instant, list, number, numberOrNull, text } from './decode.ts';
import type { CollectContext, FamilyResult, OwnFamily } from './family.ts';
import { hasReachableSuperuser, seesAllStatistics } from './grants.ts';
import { heaviestStatements, statementColumns, toStatement } from './statement-columns.ts';
import { unreadFact, unreadPart } from './unread.ts';

/**
 * Statements of this database from pg_stat_statements, whatever schema it is in. What it offers is told by the view's
 * columns, because the installed version of the extension may lag behind the server's.
 */
export const statementsFamily: OwnFamily = {
  facts: ['statements'],
  label: 'statements',
  run: (context) =>
    readStatements(context, 'statements', async (transaction, { schema, view, version, columns, views }) => {
      const rows = await transaction.rows(heaviestStatements({ view, columns, where: HERE }), [
        context.capabilities.databaseOid,
      ]);
      const info = views.has('pg_stat_statements_info')
        ? await transaction.rows(`SELECT stats_reset::text, dealloc FROM ${view}_info`)
        : [];
      const [since, evictions] = info[0] ?? [];
      const statements = rows.map(([, , ...row]) => toStatement(row));
      const fact = {
        extensionVersion: version,
        schema,
        statisticsSince: instant(since),
        evictions: numberOrNull(evictions),
        totalExecMs: numberOrNull(rows[0]?.[0]) ?? 0,
        statements,
      };
      return { facts: { statements: fact }, unread: hiddenTexts(context, statements) };
    }),
  grant: ({ capabilities }) => {
    const extension = capabilities.extensions.get('pg_stat_statements');
    if (!extension) return null;
    const [schema, role] = [quoteIdentifier(extension.schema), quoteIdentifier(capabilities.role)];
    return `GRANT USAGE ON SCHEMA ${schema} TO ${role}; GRANT SELECT ON ${schema}.pg_stat_statements TO ${role}`;
  },
};

/** Which other databases have statements; without their texts, whose file is not read for that. */
export const statementDatabasesFamily: OwnFamily = {
  facts: ['statementDatabases'],
  label: 'databases with statements',
  isForPagesOnly: true,
  run: (context) =>
    readStatements(context, 'statementDatabases', async (transaction, { view, views }) => {
      const has = (column: string): boolean => views.get('pg_stat_statements')?.has(column) ?? false;
      const time = has('total_exec_time') ? 'total_exec_time' : 'total_time';
      const rows = await transaction.rows(
        `SELECT ${DATABASE}, pg_catalog.sum(${time}) FROM ${view}(false) AS s WHERE ${ELSEWHERE} GROUP BY dbid ORDER BY 2 DESC`,
        [context.capabilities.databaseOid],
      );
      return {
        facts: {
          statementDatabases: rows.map(([name, totalMs]) => ({ name: text(name), totalMs: number(totalMs) })),
        },
      };
    }),
  grant: (context) => statementsFamily.grant?.(context) ?? null,
};

/** Statements of the other databases; the view counts for the whole server. */
export const statementsElsewhereFamily: OwnFamily = {
  facts: ['statementsElsewhere'],
  label: 'statements of other databases',
  isForPagesOnly: true,
  run: (context) =>
    readStatements(context, 'statementsElsewhere', async (transaction, { view, columns }) => {
      const sql = heaviestStatements({ view: `${view} AS s`, columns, where: ELSEWHERE, extra: DATABASE });
      const rows = await transaction.rows(sql, [context.capabilities.databaseOid]);
      return {
        facts: {
          statementsElsewhere: rows.map(([, database, ...row]) => ({
            ...toStatement(row),
            database: text(database),
          })),
        },
      };
    }),
  grant: (context) => statementsFamily.grant?.(context) ?? null,
};

const HERE = 'dbid = $1::pg_catalog.oid';
const ELSEWHERE = 'dbid <> $1::pg_catalog.oid';
const DATABASE = `coalesce((SELECT d.datname::text FROM pg_catalog.pg_database d WHERE d.oid = s.dbid), 'dropped (OID ' || s.dbid || ')')`;

interface View {
  readonly schema: string;
  /** The quoted view; the function behind it has the same name. */
  readonly view: string;
  readonly version: string;
  readonly columns: string;
  /** The extension's views with their columns. */
  readonly views: ReadonlyMap<string, ReadonlySet<string>>;
}

async function readStatements(
  context: CollectContext,
  fact: 'statements' | 'statementDatabases' | 'statementsElsewhere',
  read: (transaction: ReadTransaction, view: View) => Promise<FamilyResult>,
): Promise<FamilyResult> {
  const { session, signal, capabilities } = context;
  const extension = capabilities.extensions.get('pg_stat_statements');
  if (!extension) return cannot(context, fact);
  const { schema, version } = extension;
  try {
    return await session.read(
      'statements',
      async (transaction) => {
        const found = await transaction.rows(VIEWS_SQL, [schema]);
        const views = new Map(found.map(([view, names]) => [text(view), new Set(list(names))]));
        const columns = statementColumns((column) => views.get('pg_stat_statements')?.has(column) ?? false);
        return read(transaction, {
          schema,
          view: `${quoteIdentifier(schema)}.pg_stat_statements`,
          version,
          columns,
          views,
        });
      },
      { signal },
    );
  } catch (error) {
    // object_not_in_prerequisite_state: created, but the library is not in shared_preload_libraries.
    if (error instanceof EngineError && error.sqlState === '55000') return cannot(context, fact);
    throw error;
  }
}

/** Says what is missing and only the steps that are: who has it loaded already needs no restart. */
function cannot(
  { capabilities }: CollectContext,
  fact: 'statements' | 'statementDatabases' | 'statementsElsewhere',
): FamilyResult {
  const isLoaded = capabilities.isStatementsLoaded;
  const isCreated = capabilities.extensions.has('pg_stat_statements');
  const where = hasReachableSuperuser(capabilities) ? '' : " in the service's parameters";
  const load = `add pg_stat_statements to shared_preload_libraries${where} and restart the server`;
  const create = 'run CREATE EXTENSION pg_stat_statements in this database';
  const [state, steps] = isCreated
    ? ['is created in this database but not loaded', load]
    : isLoaded
      ? ['is loaded but not created in this database', create]
      : ['is neither loaded nor created in this database', `${load}, then ${create}`];
  return { facts: {}, unread: [unreadFact(fact, 'extension', `pg_stat_statements ${state}: ${steps}.`)] };
}

/** Rows of other roles come without text and without query id. */
function hiddenTexts(
  { capabilities }: CollectContext,
  statements: readonly StatementFact[],
): readonly Unread[] {
  const hidden = statements.filter((s) => s.query === null).length;
  if (seesAllStatistics(capabilities) || hidden === 0) return [];
  const reason = `The texts of ${hidden} of ${statements.length} statements are hidden from this role, because other roles ran them; only their figures are listed.`;
  const grant = `GRANT pg_read_all_stats TO ${quoteIdentifier(capabilities.role)}`;
  return [unreadPart('statements', 'privilege', reason, grant)];
}

const VIEWS_SQL = `
  SELECT c.relname, pg_catalog.array_agg(a.attname) FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
  WHERE n.nspname = $1 AND c.relname IN ('pg_stat_statements', 'pg_stat_statements_info') GROUP BY c.relname`;
