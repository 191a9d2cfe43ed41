import type { Capabilities } from '#engine/postgres/capabilities.ts';
import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { list, number, text, textOrNull } from './decode.ts';
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
        triggerFunctions: rows.map(([oid, source, events]) => ({
          triggerOid: number(oid),
          source: text(source),
          events: list(events),
        })),
      },
    });
  },
};

/** Grants of roles to roles; from 16 on each says whether it inherits and may SET ROLE. */
export const roleMembershipsFamily: SharedFamily = {
  facts: ['roleMemberships'],
  label: 'memberships of roles',
  isForPagesOnly: true,
  async read(transaction, { capabilities }) {
    const rows = await transaction.rows(membershipsSql(capabilities));
    return () => ({
      facts: {
        roleMemberships: rows.map(([role, member, grantor, canAdmin, inherits, canSet]) => ({
          role: text(role),
          member: text(member),
          grantor: text(grantor),
          canAdmin: canAdmin === true,
          inherits: inherits === true,
          canSet: canSet === true,
        })),
      },
    });
  },
};

/** Who besides the owner may read or write which table. Superusers and owners need no grant. */
export const tableAccessFamily: SharedFamily = {
  facts: ['tableAccess'],
  label: 'privileges on tables',
  isForPagesOnly: true,
  async read(transaction) {
    const rows = await transaction.rows(ACCESS_SQL);
    return () => ({
      facts: {
        tableAccess: rows.map(([oid, role, privileges, canUseSchema]) => ({
          tableOid: number(oid),
          role: textOrNull(role),
          privileges: list(privileges),
          canUseSchema: canUseSchema === true,
        })),
      },
    });
  },
};

function membershipsSql({ has }: Capabilities): string {
  const option = (name: string, otherwise: string): string =>
    has('pg_auth_members', name) ? `m.${name}` : otherwise;
  return `SELECT g.rolname, r.rolname, pg_catalog.pg_get_userbyid(m.grantor), m.admin_option,
      ${option('inherit_option', 'r.rolinherit')}, ${option('set_option', 'true')}
    FROM pg_catalog.pg_auth_members m
    JOIN pg_catalog.pg_roles g ON g.oid = m.roleid JOIN pg_catalog.pg_roles r ON r.oid = m.member
    ORDER BY 1, 2, 3`;
}

const ACCESS_SQL = `
  SELECT c.oid, CASE a.grantee WHEN 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(a.grantee) END,
    pg_catalog.array_agg(DISTINCT a.privilege_type),
    CASE a.grantee WHEN 0 THEN pg_catalog.has_schema_privilege('public', c.relnamespace, 'USAGE')
      ELSE pg_catalog.has_schema_privilege(a.grantee, c.relnamespace, 'USAGE') END
  FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
  WHERE c.relacl IS NOT NULL AND c.relkind IN ('r', 'p') AND a.grantee <> c.relowner
    AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') AND c.relnamespace NOT IN ${SYSTEM_SCHEMAS}
  GROUP BY c.oid, a.grantee`;

const OWNED_SQL = `
  SELECT r.rolname, pg_catalog.count(*)::int FROM (
    SELECT relowner AS owner, relnamespace AS schema FROM pg_catalog.pg_class
      WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    UNION ALL SELECT proowner, pronamespace FROM pg_catalog.pg_proc
    UNION ALL SELECT nspowner, oid FROM pg_catalog.pg_namespace) o
  JOIN pg_catalog.pg_roles r ON r.oid = o.owner
  WHERE o.schema NOT IN ${SYSTEM_SCHEMAS} GROUP BY 1`;

// Bits of tgtype: 0 FOR EACH ROW, 2 INSERT, 3 DELETE, 4 UPDATE.
const SOURCES_SQL = `
  SELECT t.oid, pg_catalog.left(coalesce(p.prosrc, ''), 8192),
    pg_catalog.array_remove(ARRAY[CASE WHEN t.tgtype & 4 <> 0 THEN 'INSERT' END,
      CASE WHEN t.tgtype & 16 <> 0 THEN 'UPDATE' END, CASE WHEN t.tgtype & 8 <> 0 THEN 'DELETE' END], NULL)
  FROM pg_catalog.pg_trigger t
  JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
  WHERE NOT t.tgisinternal AND (t.tgtype & 1) = 1 AND c.relnamespace NOT IN ${SYSTEM_SCHEMAS}`;
