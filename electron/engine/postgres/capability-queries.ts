import { PROBE_SETTING } from './pooler.ts';
import { OWN_TAG } from './read-only.ts';
import { PROVIDER_ROLES } from './provider.ts';
import { quoteLiteral } from './quote.ts';

const roleList = PROVIDER_ROLES.map(quoteLiteral).join(', ');

/** One row: see `probeCapabilities` for the order. Runs with an empty search_path, so that all names are pg_catalog's. */
export const IDENTITY_SQL = `
SELECT current_setting('server_version_num')::int4,
       current_setting('server_version'),
       current_database(),
       (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()),
       current_user,
       (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user),
       ARRAY(SELECT r.rolname::text FROM pg_roles AS r
             WHERE (r.rolname LIKE 'pg\\_%' OR r.rolname IN (${roleList})) AND pg_has_role(r.oid, 'USAGE')
             ORDER BY 1),
       pg_is_in_recovery(),
       ARRAY(SELECT r.rolname::text FROM pg_roles AS r WHERE r.rolname IN (${roleList})),
       ARRAY(SELECT DISTINCT split_part(s.name, '.', 1) FROM pg_settings AS s WHERE strpos(s.name, '.') > 0),
       ARRAY(SELECT n.nspname::text FROM pg_namespace AS n WHERE n.nspname IN ('heroku_ext')),
       ARRAY(SELECT t.part
             FROM pg_extension AS e
             JOIN pg_namespace AS n ON n.oid = e.extnamespace,
             LATERAL unnest(ARRAY[e.extname::text, e.extversion, n.nspname::text]) WITH ORDINALITY AS t(part, place)
             ORDER BY e.extname, t.place),
       current_setting('${PROBE_SETTING}', true),
       EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name = 'pg_stat_statements.max')
${OWN_TAG}`;

/** A row for each relation: name, columns, may the role read it. */
export const CATALOG_SQL = `
SELECT c.relname::text,
       array_agg(a.attname::text),
       has_table_privilege(c.oid, 'SELECT'),
       current_setting('${PROBE_SETTING}', true)
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'v')
  AND (c.relnamespace = 'pg_catalog'::regnamespace
       OR c.oid IN (SELECT d.objid FROM pg_depend AS d
                    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                    WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e'
                      AND e.extname = 'pg_stat_statements'))
GROUP BY c.oid, c.relname
${OWN_TAG}`;

/** The functions named pg_… that the role may execute; the rest of pg_catalog is open to everybody. */
export const FUNCTIONS_SQL = `
SELECT p.oid::regprocedure::text
FROM pg_proc AS p
WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname LIKE 'pg\\_%'
  AND has_function_privilege(p.oid, 'EXECUTE')
${OWN_TAG}`;
