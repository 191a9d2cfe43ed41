import type { PublicGrant, RoleFact, SchemaFact } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { instant, list, number, numberOrNull, text, textOrNull } from './decode.ts';
import type { SharedFamily } from './family.ts';
import { namesInSearchPath } from './search-path.ts';

export const rolesFamily: SharedFamily = {
  facts: ['roles'],
  label: 'roles',
  async read(transaction) {
    const rows = await transaction.rows(ROLES_SQL);
    return () => ({ facts: { roles: rows.map(toRole) } });
  },
};

export const schemasFamily: SharedFamily = {
  facts: ['schemas'],
  label: 'schemas',
  async read(transaction) {
    const rows = await transaction.rows(SCHEMAS_SQL);
    const paths = await transaction.rows(SEARCH_PATHS_SQL);
    const logins = await transaction.rows('SELECT rolname FROM pg_catalog.pg_roles WHERE rolcanlogin');
    return () => {
      const named = namesInSearchPath(
        paths.map(([path]) => text(path)),
        logins.map(([role]) => text(role)),
      );
      return { facts: { schemas: rows.map((row) => toSchema(row, named)) } };
    };
  },
};

/** What PUBLIC may do with tables, views and matviews, or with single columns of them. */
export const publicGrantsFamily: SharedFamily = {
  facts: ['publicGrants'],
  label: 'privileges of PUBLIC',
  readsFacts: true,
  async read(transaction, { names, facts, columnTraits, tablesWithAcl }) {
    const views = facts.views?.map((v) => v.oid) ?? null;
    const withAcl = views && tablesWithAcl && [...views, ...tablesWithAcl];
    const withColumnAcl = views && columnTraits && [...views, ...columnTraits.withColumnAcl];
    const rows = await transaction.rows(RELATION_GRANTS_SQL, [withAcl]);
    const columnRows = await transaction.rows(COLUMN_GRANTS_SQL, [withColumnAcl]);
    const map = ([oid, schemaOid, name, kind, column, privileges]: Row): PublicGrant => ({
      relationOid: number(oid),
      schema: names.schema(number(schemaOid)),
      name: text(name),
      kind: text(kind) as PublicGrant['kind'],
      privileges: list(privileges),
      column: textOrNull(column),
      isExtensionOwned: names.isExtensionOwned('pg_class', number(oid)),
    });
    return () => ({ facts: { publicGrants: [...rows, ...columnRows].map(map) } });
  },
};

function toRole(row: Row): RoleFact {
  const [oid, name, isSuperuser, canLogin, createsRoles, createsDatabases, replicates, bypasses, ...rest] =
    row;
  const [connectionLimit, validUntil, memberOf] = rest;
  return {
    oid: number(oid),
    name: text(name),
    isSuperuser: isSuperuser === true,
    canLogin: canLogin === true,
    canCreateRole: createsRoles === true,
    canCreateDatabase: createsDatabases === true,
    canReplicate: replicates === true,
    bypassesRls: bypasses === true,
    connectionLimit: numberOrNull(connectionLimit) ?? -1,
    validUntil: instant(validUntil),
    memberOf: list(memberOf),
    isSystem: SYSTEM_ROLES.test(text(name)),
  };
}

function toSchema([oid, name, owner, canCreate, canUse, acl]: Row, named: ReadonlySet<string>): SchemaFact {
  return {
    oid: number(oid),
    name: text(name),
    owner: text(owner),
    publicCanCreate: canCreate === true,
    publicCanUse: canUse === true,
    isInSearchPath: named.has(text(name)),
    acl: textOrNull(acl),
  };
}

/** PostgreSQL's own roles all begin with pg_; the rest belong to hosting services. */
const SYSTEM_ROLES =
  /^(pg_|rds|aws_|cloudsql|alloydb|azure_|azuresu$|replication$|supabase_|neon|crunchy_|dbaas|_doadmin|doadmin_|heroku_)/;

const ROLES_SQL = `
  SELECT r.oid, r.rolname, r.rolsuper, r.rolcanlogin, r.rolcreaterole, r.rolcreatedb, r.rolreplication,
    r.rolbypassrls, r.rolconnlimit, r.rolvaliduntil::text,
    ARRAY (SELECT DISTINCT g.rolname FROM pg_catalog.pg_auth_members m
      JOIN pg_catalog.pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid ORDER BY 1)
  FROM pg_catalog.pg_roles r ORDER BY r.rolname`;

const SCHEMAS_SQL = `
  SELECT n.oid, n.nspname, pg_catalog.pg_get_userbyid(n.nspowner),
    pg_catalog.has_schema_privilege('public', n.oid, 'CREATE'),
    pg_catalog.has_schema_privilege('public', n.oid, 'USAGE'), n.nspacl::text
  FROM pg_catalog.pg_namespace n WHERE n.oid NOT IN ${SYSTEM_SCHEMAS}`;

// reset_val: search_path itself is ours, empty. boot_val counts too: the reset value may come from our own role.
const SEARCH_PATHS_SQL = `
  SELECT unnest(ARRAY[reset_val, boot_val]) FROM pg_catalog.pg_settings WHERE name = 'search_path'
  UNION SELECT pg_catalog.substr(entry, 13) FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) entry
    WHERE pg_catalog.starts_with(entry, 'search_path=') AND s.setdatabase IN (0,
      (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))`;

/*
 * Without an ACL of its own a relation gives PUBLIC nothing. Those that have one are known from the passes over tables,
 * columns and views; NULL where one of those failed: then all are looked at.
 */
const RELATION_GRANTS_SQL = `
  SELECT c.oid, c.relnamespace, c.relname, c.relkind, NULL, pg_catalog.array_agg(DISTINCT a.privilege_type)
  FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
  WHERE c.relacl IS NOT NULL AND c.relkind IN ('r', 'p', 'm', 'v', 'f') AND a.grantee = 0
    AND ($1::pg_catalog.oid[] IS NULL OR c.oid = ANY ($1::pg_catalog.oid[]))
    AND c.relnamespace NOT IN ${SYSTEM_SCHEMAS}
  GROUP BY c.oid`;

const COLUMN_GRANTS_SQL = `
  SELECT c.oid, c.relnamespace, c.relname, c.relkind, t.attname, pg_catalog.array_agg(DISTINCT a.privilege_type)
  FROM pg_catalog.pg_attribute t JOIN pg_catalog.pg_class c ON c.oid = t.attrelid,
    pg_catalog.aclexplode(t.attacl) a
  WHERE t.attacl IS NOT NULL AND NOT t.attisdropped AND c.relkind IN ('r', 'p', 'm', 'v', 'f') AND a.grantee = 0
    AND ($1::pg_catalog.oid[] IS NULL OR t.attrelid = ANY ($1::pg_catalog.oid[]))
    AND c.relnamespace NOT IN ${SYSTEM_SCHEMAS}
  GROUP BY c.oid, t.attname`;
