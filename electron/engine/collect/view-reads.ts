import type { ReadingKind, ReadingObject } from '#shared/model/facts.ts';
import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { number, text } from './decode.ts';
import type { SharedFamily } from './family.ts';

/**
 * What views, matviews and functions read. PostgreSQL records it for rules and for functions whose body is SQL proper
 * (BEGIN ATOMIC, 14+); a body that is a string is opaque to it.
 */
export const viewReadsFamily: SharedFamily = {
  facts: ['viewReads'],
  label: 'dependencies of views',
  isForPagesOnly: true,
  async read(transaction, { names }) {
    const links = await transaction.rows(LINKS_SQL);
    const oidsOf = (catalog: string): number[] => [
      ...new Set(
        links.flatMap(([reader, readerOid, read, readOid]) => [
          ...(reader === catalog ? [number(readerOid)] : []),
          ...(read === catalog ? [number(readOid)] : []),
        ]),
      ),
    ];
    const rows = await transaction.rows(OBJECTS_SQL, [oidsOf('class'), oidsOf('proc')]);
    return () => {
      const at = new Map(
        rows.map(([catalog, oid], position) => [`${text(catalog)} ${number(oid)}`, position]),
      );
      const objects = rows.map(
        ([, oid, kind, schemaOid, name]): ReadingObject => ({
          oid: number(oid),
          kind: KINDS[text(kind)] ?? 'table',
          schema: names.schema(number(schemaOid)),
          name: text(name),
        }),
      );
      const positions = links.flatMap(([reader, readerOid, read, readOid]) => {
        const from = at.get(`${text(reader)} ${number(readerOid)}`);
        const to = at.get(`${text(read)} ${number(readOid)}`);
        return from === undefined || to === undefined ? [] : [[from, to] as const];
      });
      return { facts: { viewReads: { objects, links: positions } } };
    };
  },
};

const KINDS: Readonly<Record<string, ReadingKind>> = {
  r: 'table',
  p: 'partitioned table',
  f: 'foreign table',
  v: 'view',
  m: 'materialized view',
  S: 'sequence',
  function: 'function',
};

/*
 * Views are found through their rules, a few hundred rows, and their dependencies through the index of pg_depend on the
 * dependent object. LIMIT keeps the planner from reading all of pg_class.
 */
const LINKS_SQL = `
  SELECT DISTINCT 'class', r.ev_class, CASE WHEN d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass THEN 'class' ELSE 'proc' END, d.refobjid
  FROM pg_catalog.pg_rewrite r
  CROSS JOIN LATERAL (SELECT * FROM pg_catalog.pg_class WHERE oid = r.ev_class LIMIT 1) c
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
    AND d.refclassid IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass)
    AND d.refobjid <> r.ev_class
  WHERE r.rulename = '_RETURN' AND c.relkind IN ('v', 'm') AND c.relnamespace NOT IN ${SYSTEM_SCHEMAS}
  UNION ALL
  SELECT DISTINCT 'proc', p.oid, CASE WHEN d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass THEN 'class' ELSE 'proc' END, d.refobjid
  FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_proc p ON p.oid = d.objid
  WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.refobjid <> p.oid
    AND d.refclassid IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass)
    AND p.pronamespace NOT IN ${SYSTEM_SCHEMAS}`;

const OBJECTS_SQL = `
  SELECT 'class', c.oid, c.relkind::text, c.relnamespace, c.relname::text
  FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1::pg_catalog.oid[])
  UNION ALL
  SELECT 'proc', p.oid, 'function', p.pronamespace,
    pg_catalog.format('%s(%s)', p.proname, pg_catalog.oidvectortypes(p.proargtypes))
  FROM pg_catalog.pg_proc p WHERE p.oid = ANY ($2::pg_catalog.oid[])`;
