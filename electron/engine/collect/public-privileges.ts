import type { PublicPrivilege } from '#shared/model/facts.ts';
import type { Capabilities } from '#engine/postgres/capabilities.ts';
import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { list, number, text, textOrNull } from './decode.ts';
import type { SharedFamily } from './family.ts';

/**
 * What PUBLIC may do with everything but schemas, relations and functions, and with objects that are still to be made. What
 * PostgreSQL gives by itself (acldefault) is marked. Objects of extensions are left out.
 */
export const publicPrivilegesFamily: SharedFamily = {
  facts: ['publicPrivileges'],
  label: 'further privileges of PUBLIC',
  isForPagesOnly: true,
  async read(transaction, { capabilities }) {
    const rows = await transaction.rows(objectsSql(capabilities));
    const [counts] = await transaction.rows(FUNCTIONS_SQL);
    return () => ({
      facts: {
        publicPrivileges: {
          objects: rows.map(([kind, schema, name, creator, objects, privileges, isBuiltIn]) => ({
            kind: text(kind) as PublicPrivilege['kind'],
            schema: textOrNull(schema),
            name: text(name),
            creator: textOrNull(creator),
            objects: textOrNull(objects),
            privileges: list(privileges),
            isBuiltIn: isBuiltIn === true,
          })),
          executableFunctions: number(counts?.[0] ?? 0),
        },
      },
    });
  },
};

/** One kind of object: PUBLIC's part of its ACL, and whether each right is there without anybody's doing. */
function branch(kind: string, from: string, name: string, acl: string, more: Partial<Branch> = {}): string {
  const { schema = 'NULL::name', creator = 'NULL::name', objects = 'NULL', where = 'true' } = more;
  const { builtIn = 'false' } = more;
  return `SELECT '${kind}', ${schema}, ${name}, ${creator}, ${objects}::text,
      pg_catalog.array_agg(DISTINCT a.privilege_type), pg_catalog.bool_and(${builtIn})
    FROM ${from}, pg_catalog.aclexplode(${acl}) a WHERE a.grantee = 0 AND ${where} GROUP BY 1, 2, 3, 4, 5`;
}

interface Branch {
  readonly schema: string;
  readonly creator: string;
  readonly objects: string;
  readonly where: string;
  readonly builtIn: string;
}

/** Not a member of an extension. */
const own = (catalog: string, oid: string): string => `NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
  WHERE d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND d.objid = ${oid} AND d.deptype = 'e')`;

function objectsSql({ has }: Capabilities): string {
  const parts = [
    branch(
      'database',
      'pg_catalog.pg_database o',
      'o.datname',
      "coalesce(o.datacl, pg_catalog.acldefault('d', o.datdba))",
      {
        where: 'o.datallowconn',
        builtIn: "a.privilege_type IN ('CONNECT', 'TEMPORARY')",
      },
    ),
    branch(
      'language',
      'pg_catalog.pg_language o',
      'o.lanname',
      "coalesce(o.lanacl, pg_catalog.acldefault('l', o.lanowner))",
      // Nobody can be given the use of untrusted ones.
      { where: 'o.lanispl AND o.lanpltrusted', builtIn: 'true' },
    ),
    branch('sequence', 'pg_catalog.pg_class o', 'o.relname', 'o.relacl', {
      schema: '(SELECT nspname FROM pg_catalog.pg_namespace n WHERE n.oid = o.relnamespace)',
      where: `o.relkind = 'S' AND o.relacl IS NOT NULL AND o.relnamespace NOT IN ${SYSTEM_SCHEMAS} AND ${own('pg_class', 'o.oid')}`,
    }),
    branch('foreign server', 'pg_catalog.pg_foreign_server o', 'o.srvname', 'o.srvacl'),
    branch('foreign data wrapper', 'pg_catalog.pg_foreign_data_wrapper o', 'o.fdwname', 'o.fdwacl'),
    branch('tablespace', 'pg_catalog.pg_tablespace o', 'o.spcname', 'o.spcacl'),
    branch('default privileges', 'pg_catalog.pg_default_acl o', "''::name", 'o.defaclacl', {
      schema: '(SELECT nspname FROM pg_catalog.pg_namespace n WHERE n.oid = o.defaclnamespace)',
      creator: 'pg_catalog.pg_get_userbyid(o.defaclrole)',
      objects: `CASE o.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
        WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END`,
      // An entry without a schema replaces what is built in, and repeats it where it stays.
      builtIn: "o.defaclnamespace = 0 AND o.defaclobjtype IN ('f', 'T')",
    }),
    // 15+
    has('pg_parameter_acl', 'paracl')
      ? branch('parameter', 'pg_catalog.pg_parameter_acl o', 'o.parname', 'o.paracl')
      : '',
  ];
  return parts.filter((part) => part !== '').join(' UNION ALL ');
}

const FUNCTIONS_SQL = `
  SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_proc p
  WHERE p.pronamespace NOT IN ${SYSTEM_SCHEMAS} AND ${own('pg_proc', 'p.oid')}
    AND (p.proacl IS NULL OR EXISTS (SELECT FROM pg_catalog.aclexplode(p.proacl) a WHERE a.grantee = 0))`;
