import type { PolicyFact, RoleFact, TableFact } from '#shared/model/facts.ts';
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
