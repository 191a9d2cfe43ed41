import type { CollationFact } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import { number, text } from './decode.ts';
import type { SharedFamily } from './family.ts';

/**
 * Collations whose recorded version is not the operating system's any more. Only those that something depends on are
 * asked about: opening all of ICU's 800 takes a second. The database's own default is in `databases` (15+).
 */
export const collationsFamily: SharedFamily = {
  facts: ['collations'],
  label: 'collations',
  async read(transaction, { names }) {
    const rows = await transaction.rows(COLLATIONS_SQL);
    const map = ([oid, schemaOid, name, provider, version, actual]: Row): CollationFact => ({
      oid: number(oid),
      schema: names.schema(number(schemaOid)),
      name: text(name),
      provider: text(provider),
      version: text(version),
      actualVersion: text(actual),
    });
    return () => ({ facts: { collations: rows.map(map) } });
  },
};

const COLLATIONS_SQL = `
  SELECT u.* FROM (
    SELECT c.oid, c.collnamespace, c.collname, c.collprovider, c.collversion,
      pg_catalog.pg_collation_actual_version(c.oid) AS actual
    FROM pg_catalog.pg_collation c
    WHERE c.collversion IS NOT NULL AND EXISTS (SELECT FROM pg_catalog.pg_depend d
      WHERE d.refclassid = 'pg_catalog.pg_collation'::pg_catalog.regclass AND d.refobjid = c.oid)) u
  WHERE u.actual <> u.collversion`;
