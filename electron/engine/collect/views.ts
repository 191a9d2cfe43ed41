import type { ViewFact } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { isOn, list, number, numberList, options, text } from './decode.ts';
import type { SharedFamily } from './family.ts';
import { mapRows } from './yielding.ts';

/** Views with the tables they read, from their dependencies: pg_get_viewdef would wait for locked tables. */
export const viewsFamily: SharedFamily = {
  facts: ['views'],
  label: 'views',
  async read(transaction, { names }) {
    const rows = await transaction.rows(VIEWS_SQL);
    const map = ([oid, schemaOid, name, ownerOid, reloptions, tableOids, readers]: Row): ViewFact => ({
      oid: number(oid),
      schema: names.schema(number(schemaOid)),
      name: text(name),
      owner: names.role(number(ownerOid)),
      isSecurityInvoker: isOn(options(reloptions)['security_invoker']),
      tableOids: numberList(tableOids),
      readers: list(readers),
      isExtensionOwned: names.isExtensionOwned('pg_class', number(oid)),
    });
    return async () => ({ facts: { views: await mapRows(rows, map) } });
  },
};

/*
 * Views are found through their rules, a few hundred rows, instead of through all of pg_class. A rule called _RETURN is
 * what makes a relation a view. LIMIT keeps the planner from reading all of pg_class after all.
 */
const VIEWS_SQL = `
  SELECT c.oid, c.relnamespace, c.relname, c.relowner, c.reloptions,
    ARRAY (SELECT DISTINCT t.oid FROM pg_catalog.pg_depend d
      JOIN pg_catalog.pg_class t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p', 'm', 'f')
      WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass),
    ARRAY (SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END
      FROM pg_catalog.aclexplode(c.relacl) a
      WHERE a.privilege_type = 'SELECT' AND a.grantee <> c.relowner)
  FROM pg_catalog.pg_rewrite r
  CROSS JOIN LATERAL (SELECT * FROM pg_catalog.pg_class WHERE oid = r.ev_class LIMIT 1) c
  WHERE r.rulename = '_RETURN' AND c.relkind = 'v' AND c.relnamespace NOT IN ${SYSTEM_SCHEMAS}`;
