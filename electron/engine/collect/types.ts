import type { TypeFact } from '#shared/model/facts.ts';
import { number, text } from './decode.ts';
import type { SharedFamily } from './family.ts';

/** The types that `columns` uses, with the base types of domains. Needs `columns`. */
export const typesFamily: SharedFamily = {
  facts: ['types'],
  label: 'types',
  needs: ['columns'],
  readsFacts: true,
  async read(transaction, { facts }) {
    const rows = await transaction.rows(TYPES_SQL, [[...new Set(facts.columns?.typeOid ?? [])]]);
    return () => ({ facts: { types: rows.map(toType) } });
  },
};

function toType([oid, name, category, length, baseType]: readonly unknown[]): TypeFact {
  return {
    oid: number(oid),
    name: text(name),
    category: text(category),
    lengthBytes: number(length),
    baseTypeOid: number(baseType) || null,
  };
}

const TYPES_SQL = `
  WITH RECURSIVE used (oid) AS (
    SELECT * FROM pg_catalog.unnest($1::pg_catalog.oid[])
    UNION SELECT t.typbasetype FROM used u JOIN pg_catalog.pg_type t ON t.oid = u.oid WHERE t.typbasetype <> 0)
  SELECT t.oid, pg_catalog.format_type(t.oid, NULL), t.typcategory, t.typlen, t.typbasetype
  FROM used JOIN pg_catalog.pg_type t ON t.oid = used.oid`;
