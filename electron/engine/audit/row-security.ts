import type { Facts, PolicyFact, RoleFact, TableFact } from '#shared/model/facts.ts';
import type { RoleGraph } from './role-graph.ts';

export const POLICY_COMMANDS: Readonly<Record<PolicyFact['command'], string>> = {
  r: 'SELECT',
  a: 'INSERT',
  w: 'UPDATE',
  d: 'DELETE',
  '*': 'ALL',
};

export function policiesByTable(policies: readonly PolicyFact[]): Map<number, PolicyFact[]> {
  const groups = new Map<number, PolicyFact[]>();
  for (const policy of policies) {
    const list = groups.get(policy.tableOid);
    if (list) list.push(policy);
    else groups.set(policy.tableOid, [policy]);
  }
  return groups;
}

/** "tenant_rows FOR ALL TO app USING (…) WITH CHECK (…)". */
export function describePolicy(policy: PolicyFact): string {
  return [
    policy.name,
    policy.isPermissive ? '' : ' AS RESTRICTIVE',
    ` FOR ${POLICY_COMMANDS[policy.command]} TO ${policy.roles.join(', ')}`,
    policy.using === null ? '' : ` USING (${policy.using})`,
    policy.withCheck === null ? '' : ` WITH CHECK (${policy.withCheck})`,
  ].join('');
}

/**
 * The role sees every row of the table in spite of its policies: superuser, BYPASSRLS, or with the rights of the
 * owner while row security is not forced. The rule of check_enable_rls() in PostgreSQL's rls.c.
 */
export function bypassesRowSecurity(role: RoleFact, table: TableFact, graph: RoleGraph): boolean {
  if (role.isSuperuser || role.bypassesRls) return true;
  return !table.forceRowSecurity && graph.reach(role.name).has(table.owner);
}

/** PUBLIC, and roles that somebody logs in with who is no superuser; rights are of no use without the schema's USAGE. */
export function usersByTable(
  { tableAccess = [] }: Partial<Facts>,
  graph: RoleGraph,
): ReadonlyMap<number, readonly string[]> {
  const users = new Map<number, string[]>();
  for (const { tableOid, role, canUseSchema } of tableAccess) {
    const isUsed = role === null || graph.loginsThrough(role).some((login) => !login.isSuperuser);
    if (!canUseSchema || !isUsed) continue;
    const name = role ?? 'PUBLIC';
    const known = users.get(tableOid);
    if (known) known.push(name);
    else users.set(tableOid, [name]);
  }
  return users;
}

/** Login roles that its policies do not restrict, and why. */
export function bypassersOf(
  table: TableFact,
  roles: readonly RoleFact[],
  graph: RoleGraph,
): readonly { readonly role: string; readonly because: string }[] {
  return roles
    .filter((role) => role.canLogin && bypassesRowSecurity(role, table, graph))
    .map((role) => ({
      role: role.name,
      because: role.isSuperuser
        ? 'is a superuser'
        : role.bypassesRls
          ? 'has BYPASSRLS'
          : role.name === table.owner
            ? 'owns the table, and row security is not forced'
            : `acts for the owner ${table.owner}, and row security is not forced`,
    }));
}
