import type { ObjectRef } from '#shared/model/finding.ts';
import type { ActionOf } from '#shared/model/plan-request.ts';
import { quoteIdentifier, quoteQualified } from '#engine/postgres/quote.ts';
import { text, textOrNull } from '#engine/collect/decode.ts';
import { type BuildContext, missing, refused } from './action.ts';

export type RightsRequest = ActionOf<'grant'>;

/** Something that rights are granted on, with all rights that there are on it. */
export interface Grantable {
  readonly ref: ObjectRef;
  readonly oid: number;
  readonly on: RightsRequest['on'];
  /** `TABLE "schema"."name"`, as it stands after ON. */
  readonly target: string;
  readonly label: string;
  readonly owner: string;
  readonly entries: readonly AclEntry[];
}

/** One right of one grantee, as aclexplode() tells it. */
export interface AclEntry {
  /** Null = the whole object. */
  readonly column: string | null;
  readonly grantor: string;
  /** Null = PUBLIC. */
  readonly grantee: string | null;
  readonly privilege: string;
  readonly isGrantable: boolean;
}

/** What there is to grant, in the order of the manual; MAINTAIN from 17 on. */
const PRIVILEGES: Readonly<Record<RightsRequest['on'], readonly string[]>> = {
  table: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN'],
  sequence: ['USAGE', 'SELECT', 'UPDATE'],
  schema: ['CREATE', 'USAGE'],
  function: ['EXECUTE'],
  database: ['CREATE', 'CONNECT', 'TEMPORARY'],
};

/** The privileges of a request in the server's words and order. Throws PLAN_REFUSED for one that the object has not. */
export function privilegesOf(
  { on, privileges }: RightsRequest,
  { snapshot }: BuildContext,
): readonly string[] {
  const wanted = new Set(privileges.map((privilege) => (privilege === 'TEMP' ? 'TEMPORARY' : privilege)));
  const known = PRIVILEGES[on].filter(
    (privilege) => privilege !== 'MAINTAIN' || snapshot.facts.server.versionNum >= 170_000,
  );
  const unknown = [...wanted].find((privilege) => !known.includes(privilege));
  if (unknown !== undefined)
    throw refused(
      `There is no right ${unknown} on a ${on} of this server.`,
      `There are: ${known.join(', ')}.`,
    );
  return known.filter((privilege) => wanted.has(privilege));
}

/** Throws NOT_FOUND; PLAN_REFUSED for what belongs to PostgreSQL itself. */
export async function grantableOf(
  { on, oid }: RightsRequest,
  { read, snapshot }: BuildContext,
): Promise<Grantable> {
  const wanted = on === 'database' ? snapshot.facts.server.databaseOid : oid;
  const [row] = await read(OBJECT_SQL[on], [wanted]);
  if (!row) throw missing(`This ${on}`);
  const [schema = null, name = null, owner = null, kind, identity] = row.map(textOrNull);
  if (name === null || owner === null) throw missing(`This ${on}`);
  const rows = await read(entriesSql(on), [wanted]);
  const quoted = schema === null ? quoteIdentifier(name) : quoteQualified(schema, name);
  const label = schema === null || schema === 'public' ? name : `${schema}.${name}`;
  return {
    ref: { kind: REF_KIND[kind ?? ''] ?? 'table', oid: wanted, schema, name, table: null },
    oid: wanted,
    on,
    target: on === 'function' ? `ROUTINE ${quoted}(${identity ?? ''})` : `${on.toUpperCase()} ${quoted}`,
    label,
    owner,
    entries: rows.map(([column, grantor, grantee, privilege, isGrantable]) => ({
      column: textOrNull(column),
      grantor: text(grantor),
      grantee: textOrNull(grantee),
      privilege: text(privilege),
      isGrantable: isGrantable === true,
    })),
  };
}

const REF_KIND: Readonly<Record<string, ObjectRef['kind']>> = {
  r: 'table',
  p: 'table',
  f: 'table',
  v: 'view',
  m: 'matview',
  S: 'sequence',
  schema: 'schema',
  function: 'function',
  database: 'database',
};

const RELATION_SQL = (kinds: string): string =>
  `SELECT n.nspname, c.relname, r.rolname, c.relkind::pg_catalog.text, NULL
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_roles r ON r.oid = c.relowner WHERE c.oid = $1 AND c.relkind IN (${kinds})`;

/** Schema, name, owner, kind, arguments. */
const OBJECT_SQL: Readonly<Record<RightsRequest['on'], string>> = {
  table: RELATION_SQL(`'r', 'p', 'v', 'm', 'f'`),
  sequence: RELATION_SQL(`'S'`),
  schema: `SELECT NULL, n.nspname, r.rolname, 'schema', NULL
    FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner WHERE n.oid = $1`,
  function: `SELECT n.nspname, p.proname, r.rolname, 'function', pg_catalog.pg_get_function_identity_arguments(p.oid)
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_roles r ON r.oid = p.proowner WHERE p.oid = $1`,
  database: `SELECT NULL, d.datname, r.rolname, 'database', NULL
    FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.oid = d.datdba WHERE d.oid = $1`,
};

/** NULL in the catalog stands for the built-in rights. */
export function entriesSql(on: RightsRequest['on'], oid = '$1'): string {
  const source: Readonly<Record<RightsRequest['on'], string>> = {
    table: `SELECT NULL::pg_catalog.name, coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner)) FROM pg_catalog.pg_class c WHERE c.oid = ${oid}
      UNION ALL SELECT a.attname, a.attacl FROM pg_catalog.pg_attribute a WHERE a.attrelid = ${oid} AND a.attacl IS NOT NULL AND NOT a.attisdropped`,
    sequence: `SELECT NULL::pg_catalog.name, coalesce(c.relacl, pg_catalog.acldefault('s', c.relowner)) FROM pg_catalog.pg_class c WHERE c.oid = ${oid}`,
    schema: `SELECT NULL::pg_catalog.name, coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)) FROM pg_catalog.pg_namespace n WHERE n.oid = ${oid}`,
    function: `SELECT NULL::pg_catalog.name, coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner)) FROM pg_catalog.pg_proc p WHERE p.oid = ${oid}`,
    database: `SELECT NULL::pg_catalog.name, coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba)) FROM pg_catalog.pg_database d WHERE d.oid = ${oid}`,
  };
  return `SELECT s.part, grantor.rolname, grantee.rolname, e.privilege_type, e.is_grantable
    FROM (${source[on]}) AS s (part, acl)
    CROSS JOIN LATERAL pg_catalog.aclexplode(s.acl) e
    JOIN pg_catalog.pg_roles grantor ON grantor.oid = e.grantor
    LEFT JOIN pg_catalog.pg_roles grantee ON grantee.oid = e.grantee
    ORDER BY s.part NULLS FIRST, e.grantee, e.grantor, e.privilege_type`;
}
