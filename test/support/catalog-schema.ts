import type pg from 'pg';

/**
 * The schema as the catalog has it, a line for each thing: for servers that are newer than the system's pg_dump. Without
 * oids, and without the keys that partitions inherit, whose names the server chooses.
 */
export async function catalogSchemaOf(admin: pg.Client): Promise<string> {
  const { rows } = await admin.query<{ line: string }>(LINES_SQL);
  return rows.map(({ line }) => line).join('\n');
}

const USER_SCHEMAS = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

const LINES_SQL = `
  SELECT line FROM (
    SELECT concat_ws(' | ', 'relation', n.nspname, c.relname, c.relkind, c.relowner::regrole, c.reloptions,
      (SELECT t.reloptions FROM pg_class t WHERE t.oid = c.reltoastrelid), c.relacl, c.relrowsecurity, c.relforcerowsecurity,
      c.relreplident, c.relpersistence, obj_description(c.oid, 'pg_class'),
      CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END) AS line
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${USER_SCHEMAS} AND c.relkind <> 't'
    UNION ALL
    SELECT concat_ws(' | ', 'column', n.nspname, c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
      a.attnotnull, a.attoptions, a.attacl, coalesce(a.attstattarget, -1), pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE ${USER_SCHEMAS} AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 't'
    UNION ALL
    SELECT concat_ws(' | ', 'constraint', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid), k.convalidated,
      obj_description(k.oid, 'pg_constraint'))
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${USER_SCHEMAS} AND (k.contype <> 'f' OR k.conparentid = 0)
    UNION ALL
    SELECT concat_ws(' | ', 'index', n.nspname, x.relname, pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered,
      i.indisreplident, x.reloptions)
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace n ON n.oid = x.relnamespace WHERE ${USER_SCHEMAS}
    UNION ALL
    SELECT concat_ws(' | ', 'trigger', n.nspname, c.relname, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid))
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${USER_SCHEMAS} AND NOT t.tgisinternal
    UNION ALL
    SELECT concat_ws(' | ', 'policy', n.nspname, c.relname, p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[],
      pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    UNION ALL
    SELECT concat_ws(' | ', 'function', n.nspname, p.oid::regprocedure, p.prosecdef, p.proconfig, p.proacl, p.prosrc)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${USER_SCHEMAS}
    UNION ALL
    SELECT concat_ws(' | ', 'schema', n.nspname, n.nspowner::regrole, n.nspacl) FROM pg_namespace n WHERE ${USER_SCHEMAS}
    UNION ALL
    SELECT concat_ws(' | ', 'extension', e.extname, e.extversion, n.nspname)
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
  ) lines ORDER BY line COLLATE "C"`;
