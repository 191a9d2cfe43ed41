import type { ColumnFacts } from '#shared/model/facts.ts';
import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { list, number, text } from './decode.ts';
import type { CollectContext, ColumnTraits, SharedFamily } from './family.ts';
import { createIntListReader } from './packed.ts';
import { mapRows } from './yielding.ts';

/**
 * Columns of user tables, in order, in the only pass over pg_attribute: with 10,000 tables it holds half a million
 * rows (system columns, TOAST tables and indexes have some too), and any further pass costs 100 ms.
 */
export const columnsFamily: SharedFamily = {
  facts: ['columns'],
  label: 'columns',
  async read(transaction, context) {
    const rows = await transaction.rows(COLUMNS_SQL);
    return async () => ({ facts: { columns: await mapColumns(rows, context) } });
  },
};

/** Null for expressions (column 0), and where the columns could not be read. */
export function typeOfColumn(
  columns: ColumnFacts | undefined,
  traits: ColumnTraits | null,
  tableOid: number,
  column: number,
): number | null {
  const range = traits?.ranges.get(tableOid);
  if (column === 0 || !range || !columns) return null;
  // Without dropped columns the place follows from the number.
  const guess = range.start + column - 1;
  if (column <= range.count && columns.number[guess] === column) return columns.typeOid[guess] ?? null;
  for (let at = range.start; at < range.start + range.count; at += 1) {
    if (columns.number[at] === column) return columns.typeOid[at] ?? null;
  }
  return null;
}

interface Columns {
  readonly tableOid: number[];
  readonly number: number[];
  readonly name: string[];
  readonly typeOid: number[];
  readonly typeModifier: number[];
  readonly notNull: boolean[];
}

async function mapColumns(
  rows: readonly (readonly unknown[])[],
  context: CollectContext,
): Promise<ColumnFacts> {
  const columns: Columns = { tableOid: [], number: [], name: [], typeOid: [], typeModifier: [], notNull: [] };
  const ranges = new Map<number, { start: number; count: number }>();
  const collations = new Map<number, Map<number, number>>();
  const withColumnAcl: number[] = [];
  const intList = createIntListReader();
  // One string object for each of the few names that thousands of tables share.
  const names = new Map<string, string>();
  const intern = (name: string): string => {
    const known = names.get(name);
    if (known !== undefined) return known;
    names.set(name, name);
    return name;
  };
  await mapRows(rows, ([oid, attributeNames, types, notNull, modifiers, collated, hasAcl]) => {
    const tableOid = number(oid);
    const start = columns.name.length;
    const typeOids = types === null ? [] : intList(text(types));
    const required = notNull === null ? NONE : intList(text(notNull));
    const attributes = list(attributeNames);
    for (let at = 0; at < attributes.length; at += 1) {
      const typeOid = typeOids[at] ?? 0;
      // A dropped column keeps its place, without a type.
      if (typeOid === 0) continue;
      columns.tableOid.push(tableOid);
      columns.number.push(at + 1);
      columns.name.push(intern(attributes[at] ?? ''));
      columns.typeOid.push(typeOid);
      columns.typeModifier.push(-1);
      columns.notNull.push(required.includes(at + 1));
    }
    const count = columns.name.length - start;
    ranges.set(tableOid, { start, count });
    forEachPair(modifiers, (column, modifier) => {
      const at = find(columns, start, count, column);
      if (at >= 0) columns.typeModifier[at] = modifier;
    });
    forEachPair(collated, (column, collation) => {
      const ofTable = collations.get(tableOid) ?? new Map<number, number>();
      collations.set(tableOid, ofTable.set(column, collation));
    });
    if (hasAcl === true) withColumnAcl.push(tableOid);
  });
  context.columnTraits = { ranges, collations, withColumnAcl } satisfies ColumnTraits;
  return columns;
}

/** Pairs of numbers, "2 36,7 68". */
function forEachPair(pairs: unknown, use: (first: number, second: number) => void): void {
  if (typeof pairs !== 'string') return;
  for (const pair of pairs.split(',')) {
    const at = pair.indexOf(' ');
    use(Number(pair.slice(0, at)), Number(pair.slice(at + 1)));
  }
}

function find(columns: Columns, start: number, count: number, column: number): number {
  // Without dropped columns the place follows from the number.
  const guess = start + column - 1;
  if (column <= count && columns.number[guess] === column) return guess;
  return columns.number.indexOf(column, start);
}

const NONE: readonly number[] = Object.freeze([]);

/*
 * One row per table; arrays run over attnum 1, 2, 3 … without gaps (dropped columns keep their row, with type 0), so
 * the numbers themselves need not travel. What few columns have travels only for them. The subquery follows the index
 * on (attrelid, attnum): no sort, no temporary file, and the first tables arrive while the last are read.
 * 100 is pg_collation's "default".
 */
const COLUMNS_SQL = `
  SELECT c.oid, a.* FROM pg_catalog.pg_class c CROSS JOIN LATERAL (
    SELECT pg_catalog.array_agg(attname), pg_catalog.array_agg(atttypid)::text,
      pg_catalog.array_agg(attnum) FILTER (WHERE attnotnull)::text,
      pg_catalog.string_agg(attnum || ' ' || atttypmod, ',') FILTER (WHERE atttypmod <> -1),
      pg_catalog.string_agg(attnum || ' ' || attcollation, ',') FILTER (WHERE attcollation NOT IN (0, 100)),
      pg_catalog.bool_or(attacl IS NOT NULL)
    FROM (SELECT * FROM pg_catalog.pg_attribute
      WHERE attrelid = c.oid AND attnum > 0 ORDER BY attnum) ordered) a
  WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relnamespace NOT IN ${SYSTEM_SCHEMAS}`;
