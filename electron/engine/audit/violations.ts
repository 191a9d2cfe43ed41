import type { ConstraintFact, TableFact } from '#shared/model/facts.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Catalog } from './catalog.ts';

/** FROM and WHERE that find the rows which break a rule, under the alias `c`. */
export interface Violations {
  readonly from: string;
  readonly where: string;
  /** The columns that break it, quoted, with alias; empty for a check. */
  readonly columns: readonly string[];
}

/** A foreign key, there or to be made, by names; `operators` compare parent = child, one for each pair. */
export interface KeyPairs {
  readonly table: Pick<TableFact, 'schema' | 'name'>;
  readonly columns: readonly string[];
  readonly parent: Pick<TableFact, 'schema' | 'name'>;
  readonly parentColumns: readonly string[];
  readonly operators?: readonly string[];
  readonly isMatchFull?: boolean;
}

/** Rows that break a constraint which is not validated; null where the query cannot be composed. */
export function violationsOf(
  constraint: ConstraintFact,
  table: TableFact,
  catalog: Catalog,
  operators?: readonly string[],
): Violations | null {
  const from = `${catalog.quoted(table)} c`;
  if (constraint.type === 'n') {
    const column = catalog.column(table.oid, constraint.columns[0] ?? 0);
    return column ? { from, where: `c.${quoteIdentifier(column.name)} IS NULL`, columns: [] } : null;
  }
  if (constraint.type === 'c') {
    const body = /^CHECK (\(.*\))(?: NO INHERIT)? (?:NOT VALID|NOT ENFORCED)$/s.exec(
      constraint.definition ?? '',
    );
    return body ? { from, where: `NOT ${body[1]}`, columns: [] } : null;
  }
  const pairs = keyPairsOf(constraint, table, catalog);
  return pairs && orphansOf(operators ? { ...pairs, operators } : pairs, catalog);
}

/** Rows of a foreign key without their parent. With MATCH FULL a key that is NULL in part breaks it too. */
export function orphansOf(key: KeyPairs, catalog: Catalog): Violations {
  const columns = key.columns.map((name) => `c.${quoteIdentifier(name)}`);
  const match = columns
    .map((column, at) => {
      const operator = key.operators?.[at] ?? '=';
      return `p.${quoteIdentifier(key.parentColumns[at] ?? '')} ${operator} ${column}`;
    })
    .join(' AND ');
  const present = columns.map((column) => `${column} IS NOT NULL`);
  const missing = `NOT EXISTS (SELECT FROM ${catalog.quoted(key.parent)} p WHERE ${match})`;
  const where =
    key.isMatchFull && columns.length > 1
      ? `(${present.join(' OR ')}) AND ${missing}`
      : `${present.join(' AND ')} AND ${missing}`;
  return { from: `${catalog.quoted(key.table)} c`, where, columns };
}

/** By names; null where a column or the parent is unknown, or the key is a temporal one. */
export function keyPairsOf(constraint: ConstraintFact, table: TableFact, catalog: Catalog): KeyPairs | null {
  const parent = catalog.table(constraint.referencedTableOid);
  if (!parent || constraint.hasPeriod) return null;
  const columns = namesOf(table, constraint.columns, catalog);
  const parentColumns = namesOf(parent, constraint.referencedColumns, catalog);
  if (columns.length !== constraint.columns.length || parentColumns.length !== columns.length) return null;
  return { table, columns, parent, parentColumns, isMatchFull: constraint.match === 'f' };
}

export function countOf({ from, where }: Violations): string {
  return `SELECT count(*) FROM ${from} WHERE ${where}`;
}

function namesOf(table: TableFact, numbers: readonly number[], catalog: Catalog): string[] {
  return numbers.flatMap((number) => catalog.column(table.oid, number)?.name ?? []);
}
