import type { IndexFact, TableFact } from '#shared/model/facts.ts';
import { baseType } from '#engine/audit/integer-types.ts';
import { text, textOrNull } from '#engine/collect/decode.ts';
import { type BuildContext, refused } from './action.ts';

export interface KeySides {
  readonly table: TableFact;
  readonly numbers: readonly number[];
  readonly parent: TableFact;
  readonly parentNumbers: readonly number[];
}

/** The operators that a foreign key compares with (parent = child), as text for a query, in the order of its columns. */
export async function keyOperators(constraintOid: number, { read }: BuildContext): Promise<string[]> {
  const rows = await read(OPERATORS_OF_KEY, [constraintOid]);
  return rows.map(([operator]) => text(operator));
}

/**
 * How the server would compare each pair, by the rules of a foreign key: an operator of the parent's index for both
 * types, or the index's own one where the child's type turns into the parent's by itself. PLAN_REFUSED where neither is.
 */
export async function comparisonsOf(
  key: IndexFact,
  sides: KeySides,
  context: BuildContext,
): Promise<string[]> {
  const { catalog, read } = context;
  const { table, parent, numbers, parentNumbers } = sides;
  const columns = numbers.map((number) => catalog.column(table.oid, number));
  const types = columns.map((column) => baseType(column?.typeOid ?? 0, catalog)?.oid ?? column?.typeOid ?? 0);
  const rows = await read(COMPARISON, [key.oid, parentNumbers, types]);
  return rows.map(([operator], at) => {
    const found = textOrNull(operator);
    if (found !== null) return found;
    const describe = (of: TableFact, number: number): string => {
      const column = catalog.column(of.oid, number);
      return `${catalog.label(of)}.${column?.name ?? ''} (${catalog.type(column?.typeOid ?? 0)?.name ?? 'another type'})`;
    };
    throw refused(
      `${describe(table, numbers[at] ?? 0)} cannot be compared with ${describe(parent, parentNumbers[at] ?? 0)}.`,
      'Give both columns the same type first.',
    );
  });
}

const NAME_OF_OPERATOR = `pg_catalog.format('OPERATOR(%I.%s)', n.nspname, o.oprname)`;

const OPERATORS_OF_KEY = `SELECT ${NAME_OF_OPERATOR}
  FROM pg_catalog.pg_constraint k
  CROSS JOIN LATERAL pg_catalog.unnest(k.conpfeqop) WITH ORDINALITY AS e (operator, position)
  JOIN pg_catalog.pg_operator o ON o.oid = e.operator JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
  WHERE k.oid = $1::pg_catalog.oid ORDER BY e.position`;

/** Strategy 3 of a btree is "=". A polymorphic class (arrays, enums, ranges) needs the very type of the parent. */
const COMPARISON = `WITH pair AS (
    SELECT w.position, w.child, c.opcfamily, c.opcintype, a.atttypid AS parent
    FROM ROWS FROM (pg_catalog.unnest($2::pg_catalog.int2[]), pg_catalog.unnest($3::pg_catalog.int8[]))
      WITH ORDINALITY AS w (number, child, position)
    JOIN pg_catalog.pg_index i ON i.indexrelid = $1::pg_catalog.oid
    CROSS JOIN LATERAL pg_catalog.generate_series(0, i.indnkeyatts - 1) AS k (at)
    JOIN pg_catalog.pg_opclass c ON c.oid = i.indclass[k.at]
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = w.number
    WHERE i.indkey[k.at] = w.number)
  SELECT (SELECT ${NAME_OF_OPERATOR}
    FROM pg_catalog.pg_amop m
    JOIN pg_catalog.pg_operator o ON o.oid = m.amopopr JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
    WHERE m.amopfamily = p.opcfamily AND m.amopstrategy = 3 AND m.amoplefttype = p.opcintype
      AND (m.amoprighttype = p.child::pg_catalog.oid
        OR m.amoprighttype = p.opcintype AND (p.child::pg_catalog.oid = p.parent
          OR EXISTS (SELECT FROM pg_catalog.pg_cast t WHERE t.castsource = p.child::pg_catalog.oid
            AND t.casttarget = p.opcintype AND t.castcontext = 'i')))
    ORDER BY m.amoprighttype = p.child::pg_catalog.oid DESC LIMIT 1)
  FROM pair p ORDER BY p.position`;
