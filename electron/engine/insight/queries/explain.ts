import { randomBytes } from 'node:crypto';
import { parametersIn, type SqlToken, sqlTokens } from '#shared/model/sql-lexer.ts';
import { EngineError } from '#engine/errors.ts';
import { quoteLiteral } from '#engine/postgres/quote.ts';
import type { ReadSession, ReadTransaction, Row } from '#engine/postgres/read-session.ts';

export interface ExplainRequest {
  readonly text: string;
  /** For $1, $2, …; empty = a generic plan. */
  readonly values: readonly string[];
  readonly analyze: boolean;
}

/** One element of EXPLAIN (FORMAT JSON), as the server writes it. */
export type RawPlan = Readonly<Record<string, unknown>>;

export interface Explained {
  readonly plan: RawPlan;
  readonly note: string | null;
}

/** What can be planned; everything else is refused before it reaches the server. */
const PLANNABLE = new Set('select with values table insert update delete merge'.split(' '));
const WRITES = new Set('insert update delete merge'.split(' '));
export const ANALYZE_TIMEOUT_MS = 10_000;
const GENERIC_PLAN_SINCE = 160_000;
const GENERIC = 'A generic plan: it holds for any value of the parameters.';

/**
 * The plan of one statement, in a transaction that cannot write. Without `analyze` nothing is executed. Parameters: a
 * generic plan (16+: GENERIC_PLAN; before: a prepared statement under force_generic_plan), or the values given. Names
 * are found through the search_path that this role has by default. Throws BAD_INPUT for what cannot be planned,
 * STATEMENT_TIMEOUT after ten seconds of ANALYZE.
 */
export async function explain(
  session: ReadSession,
  request: ExplainRequest,
  signal: AbortSignal | undefined,
): Promise<Explained> {
  const text = request.text.trim().replace(/;\s*$/, '');
  refuseUnplannable(text, request.analyze);
  return session.read('explain', (transaction) => explainIn(transaction, session, { ...request, text }), {
    signal,
    statementTimeoutMs: ANALYZE_TIMEOUT_MS,
  });
}

async function explainIn(
  transaction: ReadTransaction,
  session: ReadSession,
  { text, values, analyze }: ExplainRequest,
): Promise<Explained> {
  // Ours differ from what the statement will meet: https://www.postgresql.org/docs/current/runtime-config-query.html
  for (const setting of ['search_path', 'work_mem', 'max_parallel_workers_per_gather', 'jit'])
    await transaction.rows(`SET LOCAL ${setting} TO DEFAULT`);
  const options = analyze ? 'ANALYZE, BUFFERS, FORMAT JSON' : 'FORMAT JSON';
  if (parametersIn(text).length === 0)
    return { plan: await planOf(transaction, `EXPLAIN (${options}) ${text}`), note: null };
  if (values.length === 0 && analyze)
    throw new EngineError(
      'BAD_INPUT',
      'A statement with parameters cannot run without their values.',
      'Fill in a value for each $n, then run it again.',
    );
  // A name of its own: behind a pooler another plan's may still be there after a failure.
  const name = `pgvitals_${randomBytes(8).toString('hex')}`;
  await planned(transaction.foreign(`PREPARE ${name} AS ${text}`));
  try {
    return await explainParameters(transaction, session, { text, values, name, options });
  } finally {
    // A failed transaction takes no more commands; the statement then ends with its session.
    await transaction.rows(`DEALLOCATE ${name}`).catch(() => undefined);
  }
}

interface Prepared {
  readonly text: string;
  readonly values: readonly string[];
  readonly name: string;
  /** Of EXPLAIN. */
  readonly options: string;
}

async function explainParameters(
  transaction: ReadTransaction,
  session: ReadSession,
  prepared: Prepared,
): Promise<Explained> {
  const { text, values, options } = prepared;
  if (values.length === 0 && session.capabilities.versionNum >= GENERIC_PLAN_SINCE) {
    // The simple protocol, because the extended one would ask for the parameters; that this is one statement was just
    // proved. Unlike EXECUTE with NULLs it keeps partitions that a NULL would rule out.
    const rows = await planned(transaction.rows(`EXPLAIN (GENERIC_PLAN, ${options}) ${text}`));
    return { plan: planIn(rows), note: GENERIC };
  }
  return explainPrepared(transaction, prepared);
}

async function explainPrepared(
  transaction: ReadTransaction,
  { values, name, options }: Prepared,
): Promise<Explained> {
  const [types] = await transaction.rows(
    'SELECT pg_catalog.cardinality(parameter_types) FROM pg_catalog.pg_prepared_statements WHERE name = $1',
    [name],
  );
  const count = Number(types?.[0] ?? 0);
  const isGeneric = values.length === 0;
  if (!isGeneric && values.length !== count)
    throw new EngineError(
      'BAD_INPUT',
      `This statement takes ${count} values, not ${values.length}.`,
      'Fill in one for each $n.',
    );
  await transaction.rows(
    `SET LOCAL plan_cache_mode = ${isGeneric ? 'force_generic_plan' : 'force_custom_plan'}`,
  );
  const literals = isGeneric ? Array.from({ length: count }, () => 'NULL') : values.map(quoteLiteral);
  const call = count === 0 ? name : `${name}(${literals.join(', ')})`;
  return {
    plan: await planOf(transaction, `EXPLAIN (${options}) EXECUTE ${call}`),
    note: isGeneric ? GENERIC : 'A plan for the values given.',
  };
}

function refuseUnplannable(text: string, analyze: boolean): void {
  const words = sqlTokens(text).filter(({ kind, text: word }) => kind !== 'comment' && word !== '(');
  const isOneOf = (verbs: ReadonlySet<string>, token: SqlToken | undefined): boolean =>
    token?.kind === 'word' && verbs.has(token.text.toLowerCase());
  if (!isOneOf(PLANNABLE, words[0])) {
    throw new EngineError(
      'BAD_INPUT',
      'Only SELECT, VALUES, INSERT, UPDATE, DELETE and MERGE have a plan.',
      'Other commands, and texts that the server has cut off, cannot be planned.',
    );
  }
  if (analyze && words.some((word) => isOneOf(WRITES, word))) {
    throw new EngineError(
      'BAD_INPUT',
      'A statement that writes is never run by PgVitals.',
      'Look at its plan without running it.',
    );
  }
}

async function planOf(transaction: ReadTransaction, sql: string): Promise<RawPlan> {
  return planIn(await planned(transaction.foreign(sql)));
}

function planIn(rows: readonly Row[]): RawPlan {
  const [value] = rows[0] ?? [];
  const parsed: unknown = typeof value === 'string' ? JSON.parse(value) : value;
  const [plan] = Array.isArray(parsed) ? (parsed as unknown[]) : [];
  if (typeof plan !== 'object' || plan === null) throw new TypeError('EXPLAIN gave no plan');
  return plan as RawPlan;
}

/** What the server says against a statement is the user's business, with a next step. */
async function planned<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const state = error instanceof EngineError ? error.sqlState : null;
    if (!(error instanceof EngineError) || state === null || !/^(?:42|22|0A|25)/.test(state)) throw error;
    const isCut = state === '42601';
    throw new EngineError(
      'BAD_INPUT',
      `The server cannot plan this: ${error.message}`,
      isCut
        ? 'A text may be cut off, or have a parameter where PostgreSQL allows none (interval $1, a type): write a value there.'
        : 'Check names and values; names without a schema are looked for in the search_path of this role.',
      { cause: error, sqlState: state },
    );
  }
}
