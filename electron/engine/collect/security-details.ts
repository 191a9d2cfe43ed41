import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { number, text } from './decode.ts';
import type { SharedFamily } from './family.ts';

/** How much each role owns here. pg_shdepend leaves out what initdb's superuser owns, so the catalogs are counted. */
export const ownedObjectsFamily: SharedFamily = {
  facts: ['ownedObjects'],
  label: 'owners',
  isForPagesOnly: true,
  async read(transaction) {
    const rows = await transaction.rows(OWNED_SQL);
    return () => ({
      facts: { ownedObjects: rows.map(([role, count]) => ({ role: text(role), count: number(count) })) },
    });
  },
};

/** What row triggers run. pg_depend does not know what a function's body writes to; its text is the only witness. */
export const triggerFunctionsFamily: SharedFamily = {
  facts: ['triggerFunctions'],
  label: 'functions of triggers',
  isForPagesOnly: true,
  async read(transaction) {
    const rows = await transaction.rows(SOURCES_SQL);
    return () => ({
      facts: {
        triggerFunctions: rows.map(([oid, source]) => ({ triggerOid: number(oid), source: text(source) })),
      },
    });
  },
};

const OWNED_SQL = `
  SELECT r.rolname, pg_catalog.count(*)::int FROM (
    SELECT relowner AS owner, relnamespace AS schema FROM pg_catalog.pg_class
      WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    UNION ALL SELECT proowner, pronamespace FROM pg_catalog.pg_proc
    UNION ALL SELECT nspowner, oid FROM pg_catalog.pg_namespace) o
  JOIN pg_catalog.pg_roles r ON r.oid = o.owner
  WHERE o.schema NOT IN ${SYSTEM_SCHEMAS} GROUP BY 1`;

// Bit 0 of tgtype: FOR EACH ROW.
const SOURCES_SQL = `
  SELECT t.oid, pg_catalog.left(coalesce(p.prosrc, ''), 8192)
  FROM pg_catalog.pg_trigger t
  JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
  WHERE NOT t.tgisinternal AND (t.tgtype & 1) = 1 AND c.relnamespace NOT IN ${SYSTEM_SCHEMAS}`;
