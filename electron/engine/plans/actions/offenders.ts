import type { ConstraintFact, TableFact } from '#shared/model/facts.ts';
import { formatCount } from '#shared/model/format.ts';
import type { PreflightItem } from '#shared/model/plan.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Violations } from '#engine/audit/violations.ts';
import { EngineError, isAbort } from '#engine/errors.ts';
import type { OffenderQuery } from '../plan.ts';
import { note, ok, warning } from '../preflight.ts';
import type { BuildContext } from './action.ts';

/** How long a preview may look for rows in the way. */
const COUNT_MS = 3_000;
const MOST_COUNTED = 10_000;
const MOST_SHOWN = 10;
/** Of the first so many rows in the way: a table with millions of them is not read to its end for ten keys. */
const LOOKED_AT = 1_000;

/** Says before it is confirmed whether rows break the rule; a table that takes longer is not waited for. */
export async function countedRows(
  { from, where }: Violations,
  what: string,
  { readWithin }: BuildContext,
): Promise<PreflightItem> {
  try {
    const [[count] = []] = await readWithin(COUNT_MS)(
      `SELECT count(*) FROM (SELECT FROM ${from} WHERE ${where} LIMIT ${MOST_COUNTED + 1}) found`,
      [],
    );
    const rows = Number(count);
    if (rows === 0) return ok(`There are no ${what}.`);
    const shown = rows > MOST_COUNTED ? `more than ${formatCount(MOST_COUNTED)}` : formatCount(rows);
    return warning(
      `${rows === 1 ? 'There is' : 'There are'} ${shown} ${what}: checking the existing rows will fail, and new ones are checked all the same.`,
      'Correct them first, or run it and read which keys are in the way.',
    );
  } catch (error) {
    if (!(error instanceof EngineError) || isAbort(error) || error.code === 'CONNECTION_LOST') throw error;
    const asked = `Whether there are ${what} could not be found out`;
    return note(
      error.code === 'STATEMENT_TIMEOUT'
        ? `${asked} within ${COUNT_MS / 1000} s.`
        : `${asked}: ${error.message}`,
    );
  }
}

/** For a constraint that is there. */
export function offendersOf(
  constraint: ConstraintFact,
  table: TableFact,
  violations: Violations,
  catalog: Catalog,
): OffenderQuery {
  const parent = catalog.table(constraint.referencedTableOid);
  return offenders(
    violations,
    parent
      ? `Keys of ${catalog.label(table)} without a row in ${catalog.label(parent)}`
      : `Rows of ${catalog.label(table)} that break ${constraint.name}`,
  );
}

/** The first few, once the check has failed: 23503 of a foreign key, 23514 of a CHECK, 23502 of a NOT NULL. */
export function offenders({ from, where, columns }: Violations, title: string): OffenderQuery {
  const value = (text: string): string => `coalesce(pg_catalog.left(${text}::pg_catalog.text, 80), 'NULL')`;
  const [first = 'c.*'] = columns;
  const key =
    columns.length > 1
      ? `'(' || pg_catalog.concat_ws(', ', ${columns.map(value).join(', ')}) || ')'`
      : columns.length === 1
        ? value(first)
        : `pg_catalog.left(c::pg_catalog.text, 80)`;
  return {
    sqlStates: ['23503', '23514', '23502'],
    title,
    sql: `SELECT DISTINCT found.key FROM (SELECT ${key} AS key FROM ${from} WHERE ${where} LIMIT ${LOOKED_AT}) found LIMIT ${MOST_SHOWN}`,
  };
}
