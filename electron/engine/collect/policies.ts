import type { PolicyFact } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { list, number, numberList, text, textOrNull } from './decode.ts';
import type { OwnFamily } from './family.ts';
import { readUnlocked } from './locks.ts';

/**
 * Row-level security policies. Their expressions are deparsed, which opens the policy's table and each table that a
 * subquery in it reads: policies that touch a locked one are left out, and noted in the context.
 */
export const policiesFamily: OwnFamily = {
  facts: ['policies'],
  label: 'policies',
  async run(context) {
    const { session, signal } = context;
    const found = await session.read('policies', (transaction) => transaction.rows(TABLES_SQL), { signal });
    const policies = found.map(([oid, tableOids]) => ({
      oid: number(oid),
      tableOids: numberList(tableOids),
    }));
    const facts: PolicyFact[] = [];
    const options = { fact: 'policies', label: 'policies', what: 'The policy' } as const;
    await readUnlocked(context, policies, options, async (transaction, free) => {
      const rows = await transaction.rows(POLICIES_SQL, [free.map((p) => p.oid)]);
      facts.push(...rows.map(toPolicy));
    });
    return { facts: { policies: facts } };
  },
};

function toPolicy([oid, tableOid, name, command, isPermissive, roles, using, withCheck]: Row): PolicyFact {
  return {
    oid: number(oid),
    tableOid: number(tableOid),
    name: text(name),
    command: text(command) as PolicyFact['command'],
    isPermissive: isPermissive === true,
    roles: list(roles),
    using: textOrNull(using),
    withCheck: textOrNull(withCheck),
  };
}

const TABLES_SQL = `
  SELECT p.oid, p.polrelid || ARRAY (SELECT d.refobjid FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = p.oid
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass)
  FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
  WHERE c.relnamespace NOT IN ${SYSTEM_SCHEMAS}`;

// In polroles, PUBLIC is 0.
const POLICIES_SQL = `
  SELECT p.oid, p.polrelid, p.polname, p.polcmd, p.polpermissive,
    ARRAY (SELECT CASE r.oid WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(r.oid)::text END
      FROM pg_catalog.unnest(p.polroles) AS r (oid)),
    pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)
  FROM pg_catalog.pg_policy p WHERE p.oid = ANY ($1::pg_catalog.oid[])`;
