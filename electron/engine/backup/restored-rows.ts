import type { TableName } from '#shared/model/backup.ts';
import { formatCountOf } from '#shared/model/format.ts';
import { number, textOrNull } from '#engine/collect/decode.ts';
import { EngineError } from '#engine/errors.ts';
import { quoteIdentifier, quoteQualified } from '#engine/postgres/quote.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import type { JobControl } from './job.ts';
import type { Manifest } from './manifest.ts';
import { ROWS_AND_HASH, writeAlike } from './source.ts';

/**
 * Counts the rows of every table of the manifest (or of those chosen) in the restored database, of the table itself
 * without its children as COPY does; where the manifest has the hash of the source's rows, theirs must be the same. BACKUP_DAMAGED where one differs, with the first few. Returns the number of rows.
 */
export async function compareRows(
  session: WriteSession,
  { tables, chosen }: { readonly tables: Manifest['tables']; readonly chosen: readonly TableName[] | null },
  job: JobControl,
): Promise<{ readonly tables: number; readonly rows: number }> {
  const wanted = tables.filter(
    ({ schema, name }) =>
      chosen === null || chosen.some((table) => table.schema === schema && table.name === name),
  );
  // An extension fills its tables when it is created; the archive has the user's rows only.
  const filled = await session.rows(
    `SELECT n.nspname, c.relname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'e' AND c.relkind = 'r'`,
  );
  const isFilled = new Set(filled.map(([schema, name]) => quoteQualified(String(schema), String(name))));
  const differences: string[] = [];
  let rows = 0;
  await writeAlike(session);
  for (const [at, table] of wanted.entries()) {
    const name = quoteQualified(table.schema, table.name);
    job.progress({
      phase: `Counting ${table.schema}.${table.name}`,
      tablesDone: at,
      tablesTotal: wanted.length,
      bytes: null,
      bytesPerSecond: null,
      remainingMs: null,
      percent: Math.floor((at / wanted.length) * 100),
    });
    const found = await count(session, name, table.sourceHash !== null, job.signal);
    rows += found?.rows ?? 0;
    const difference = differenceOf(table, found, isFilled.has(name));
    if (difference !== null) differences.push(`${table.schema}.${table.name} ${difference}`);
  }
  if (differences.length > 0)
    throw new EngineError(
      'BACKUP_DAMAGED',
      `The restored database is not what the backup holds: ${differences.slice(0, MOST_NAMED).join('; ')}${differences.length > MOST_NAMED ? `; and ${differences.length - MOST_NAMED} more` : ''}.`,
      'Verify the backup, or take another one. No other database was touched.',
    );
  return { tables: wanted.length, rows };
}

const MOST_NAMED = 5;
const NO_LIMIT = { lockTimeoutMs: 5_000, statementTimeoutMs: 0 };

interface FoundRows {
  readonly rows: number;
  readonly hash: string | null;
}

function differenceOf(
  table: Manifest['tables'][number],
  found: FoundRows | null,
  isFilled: boolean,
): string | null {
  if (found === null) return 'is not there';
  const isRight = isFilled ? found.rows >= table.rows : found.rows === table.rows;
  if (!isRight)
    return `has ${formatCountOf(found.rows, 'row')} instead of ${formatCountOf(table.rows, 'row')}`;
  if (isFilled || table.sourceHash === found.hash) return null;
  return 'has as many rows as the source had, but not the same ones';
}

/** Null where there is no such table. Rows that a policy hides are an error, never a smaller number. */
async function count(
  session: WriteSession,
  name: string,
  isHashed: boolean,
  signal: AbortSignal,
): Promise<FoundRows | null> {
  const sql = isHashed ? ROWS_AND_HASH(name) : `SELECT pg_catalog.count(*), NULL FROM ONLY ${name}`;
  try {
    const [[rows, hash] = []] = await session.run(sql, { ...NO_LIMIT, signal });
    return { rows: number(rows), hash: textOrNull(hash) };
  } catch (error) {
    if (error instanceof EngineError && error.sqlState === '42P01') return null;
    throw error;
  }
}

/** Statistics for the planner: a restored database has none. Indexes may call functions of the database's own. */
export async function analyzeDatabase(session: WriteSession, signal: AbortSignal): Promise<void> {
  await session.run('ANALYZE', { ...NO_LIMIT, usesOwnSearchPath: true, signal });
}

/** Before rows are counted. */
export async function refuseHiddenRows(session: WriteSession): Promise<void> {
  await session.run(`SET ${quoteIdentifier('row_security')} = off`, NO_LIMIT);
}
