import type pg from 'pg';
import { schemaOf } from './fixes.ts';

/**
 * What changes of roles, rights and extensions may touch, one line each: pg_dump as well where the installed one can
 * read this server, and what it leaves out (grantors, rights of the database, versions) from the catalog.
 */
export async function stateOf(databaseUrl: string, admin: pg.Client): Promise<string> {
  const { rows } = await admin.query<{ line: string }>(LINES_SQL);
  const lines = rows.map(({ line }) => line).join('\n');
  const [version] = (await admin.query<{ server_version_num: string }>('SHOW server_version_num')).rows;
  return Number(version?.server_version_num) < 160_000
    ? `${lines}\n${await schemaOf(databaseUrl, admin)}`
    : lines;
}

/** NULL in a catalog stands for the built-in rights, so that is what it is compared as; the order of a list means nothing. */
const LINES_SQL = `
  WITH object AS (
    SELECT 'relation ' || c.oid::regclass || ' ' || c.relkind::text || c.relrowsecurity || c.relforcerowsecurity AS name, c.relowner AS owner,
      coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner)) AS acl
    FROM pg_class c WHERE c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
      AND c.relkind IN ('r', 'v', 'm', 'S', 'p', 'f')
    UNION ALL
    SELECT 'column ' || a.attrelid::regclass || '.' || a.attname, c.relowner, a.attacl
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) AND c.relkind IN ('r', 'v', 'm', 'p')
    UNION ALL
    SELECT 'schema ' || n.nspname, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner)) FROM pg_namespace n WHERE n.nspname !~ '^pg_(temp|toast)'
    UNION ALL
    SELECT 'function ' || md5(pg_get_functiondef(p.oid)) || p.oid::regprocedure, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))
    FROM pg_proc p WHERE p.prokind IN ('f', 'p') AND p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    UNION ALL
    SELECT 'database ' || d.datname, d.datdba, coalesce(d.datacl, acldefault('d', d.datdba)) FROM pg_database d)
  SELECT o.name || ' of ' || o.owner::regrole || ': ' || coalesce((
    SELECT string_agg(concat_ws('/', e.grantor::regrole, e.grantee::regrole, e.privilege_type, e.is_grantable), ' '
      ORDER BY e.grantee, e.grantor, e.privilege_type) FROM aclexplode(o.acl) e), '-') AS line
  FROM object o
  UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT 'policy ' || to_jsonb(p)::text FROM pg_policies p
  UNION ALL SELECT 'extension ' || extname || extversion || extnamespace::regnamespace FROM pg_extension
  UNION ALL SELECT 'setting ' || setrole::regrole || setdatabase || c FROM pg_db_role_setting, unnest(setconfig) c
  UNION ALL SELECT 'role ' || (to_jsonb(r) - 'rolconfig')::text FROM pg_roles r
  ORDER BY 1`;
