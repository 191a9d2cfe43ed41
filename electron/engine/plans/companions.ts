import { quoteIdentifier, quoteLiteral, quoteQualified } from '#engine/postgres/quote.ts';
import type { ReadRows } from './guards.ts';
import type { ActionDraft } from './plan.ts';
import { skeletonOf } from './policy.ts';

/**
 * Completes each undo with what hangs on the dropped thing and no definition says: comments, statistics targets of
 * index expressions, the mark of CLUSTER. Where a change drops a constraint and adds it again, its comment comes back
 * with the change itself.
 */
export async function withCompanions(drafts: readonly ActionDraft[], read: ReadRows): Promise<ActionDraft[]> {
  const dropping = drafts.filter(
    ({ fix }) => fix.undo.length > 0 && fix.sql.some((sql) => /\bDROP\b/.test(skeletonOf(sql))),
  );
  const oids = [...new Set(dropping.map(({ object }) => object.oid).filter((oid) => oid !== 0))];
  if (oids.length === 0) return [...drafts];
  const rows = await read(COMPANIONS_SQL, [oids]);
  const companions = Map.groupBy(
    rows.map((row) => statementOf(row)),
    ({ oid }) => oid,
  );
  return drafts.map((draft) => {
    const extra = (companions.get(draft.object.oid) ?? []).map(({ sql }) => sql);
    if (extra.length === 0 || !dropping.includes(draft)) return draft;
    const comesBack = draft.fix.sql.some(addsConstraint);
    return {
      ...draft,
      fix: {
        ...draft.fix,
        sql: comesBack ? behindConstraint(draft.fix.sql, extra) : draft.fix.sql,
        undo: behindConstraint(draft.fix.undo, extra),
      },
    };
  });
}

/** Before the constraint is validated: where that fails, its comment is there all the same. */
function behindConstraint(statements: readonly string[], extra: readonly string[]): string[] {
  const at = statements.findLastIndex(addsConstraint);
  return at < 0 ? [...statements, ...extra] : statements.toSpliced(at + 1, 0, ...extra);
}

function addsConstraint(sql: string): boolean {
  return /\bADD CONSTRAINT\b/.test(skeletonOf(sql));
}

function statementOf([oid, what, schema, table, name, column, value]: readonly unknown[]): {
  readonly oid: number;
  readonly sql: string;
} {
  const index = quoteQualified(String(schema), String(name));
  const relation = quoteQualified(String(schema), String(table));
  switch (what) {
    case 'index comment':
      return { oid: Number(oid), sql: `COMMENT ON INDEX ${index} IS ${quoteLiteral(String(value))}` };
    case 'statistics':
      return {
        oid: Number(oid),
        sql: `ALTER INDEX ${index} ALTER COLUMN ${Number(column)} SET STATISTICS ${Number(value)}`,
      };
    case 'cluster':
      return { oid: Number(oid), sql: `ALTER TABLE ${relation} CLUSTER ON ${quoteIdentifier(String(name))}` };
    default:
      return {
        oid: Number(oid),
        sql: `COMMENT ON CONSTRAINT ${quoteIdentifier(String(name))} ON ${relation} IS ${quoteLiteral(String(value))}`,
      };
  }
}

/** attstattarget: −1 up to 16, NULL from 17, means the default. */
const COMPANIONS_SQL = `WITH wanted AS (SELECT pg_catalog.unnest($1::pg_catalog.int8[])::pg_catalog.oid AS oid),
  index AS (
    SELECT i.indexrelid, i.indisclustered, n.nspname, t.relname AS rel, x.relname AS name
    FROM wanted w JOIN pg_catalog.pg_index i ON i.indexrelid = w.oid
    JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace),
  key AS (
    SELECT k.oid, n.nspname, t.relname AS rel, k.conname AS name
    FROM wanted w JOIN pg_catalog.pg_constraint k ON k.oid = w.oid
    JOIN pg_catalog.pg_class t ON t.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace)
  SELECT i.indexrelid, 'index comment', i.nspname, i.rel, i.name, 0, d.description
    FROM index i JOIN pg_catalog.pg_description d
      ON d.objoid = i.indexrelid AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid = 0
  UNION ALL
  SELECT i.indexrelid, 'statistics', i.nspname, i.rel, i.name, a.attnum, a.attstattarget::pg_catalog.text
    FROM index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indexrelid
    WHERE coalesce(a.attstattarget, -1) >= 0 AND NOT a.attisdropped
  UNION ALL
  SELECT i.indexrelid, 'cluster', i.nspname, i.rel, i.name, 0, NULL FROM index i WHERE i.indisclustered
  UNION ALL
  SELECT k.oid, 'constraint comment', k.nspname, k.rel, k.name, 0, d.description
    FROM key k JOIN pg_catalog.pg_description d
      ON d.objoid = k.oid AND d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objsubid = 0`;
