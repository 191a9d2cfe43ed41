import type { PolicyFact, TableFact } from '#shared/model/facts.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { isConstantTrue } from '#engine/audit/constant-expression.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { roleGraph, type RoleGraph } from '#engine/audit/role-graph.ts';
import {
  bypassesRowSecurity,
  describePolicy,
  POLICY_COMMANDS,
  policiesByTable,
} from '#engine/audit/row-security.ts';

export const rlsAlwaysTrueWrite = defineCheck({
  id: 'rls-always-true-write',
  title: 'A policy lets everybody write every row',
  category: 'security',
  topic: 'row security',
  severity: 'high',
  why: 'Permissive policies are joined by OR: one that is always true cancels all others for its command. Its roles can change or add rows of any tenant.',
  rule: 'High for a permissive policy for INSERT, UPDATE, DELETE or ALL whose USING or WITH CHECK is true for every row, given to PUBLIC or a role that somebody can log in as. Left out: tables without row-level security, roles that bypass it anyway, and commands that a restrictive policy for everybody narrows again.',
  remedy: 'Replace the expression by one that ties the row to the caller, or drop the policy.',
  docs: 'https://www.postgresql.org/docs/current/sql-createpolicy.html',
  needs: ['policies', 'tables', 'roles'],
  thresholds: {},
  evaluate({ policies, roles }, { catalog }) {
    const graph = roleGraph(roles);
    return [...policiesByTable(policies)].flatMap(([oid, own]): Draft[] => {
      const table = catalog.table(oid);
      if (!table?.rowSecurity || table.isExtensionOwned) return [];
      return own.flatMap((policy): Draft[] => {
        const open = openParts(policy);
        const reach = effectiveRoles(policy, table, graph);
        if (open.length === 0 || reach.length === 0 || isNarrowed(policy, own)) return [];
        return [
          {
            severity: 'high',
            confidence: 'certain',
            confidenceReason:
              'The stored expression is constant. Whether the roles hold the table privilege was not looked at.',
            object: {
              kind: 'policy',
              oid: policy.oid,
              schema: table.schema,
              name: policy.name,
              table: table.name,
            },
            message: `Policy ${policy.name} on ${catalog.label(table)} lets ${reach.join(', ')} ${POLICY_COMMANDS[policy.command]} any row: ${open.join(' and ')} is always true.`,
            evidence: {
              policy: describePolicy(policy),
              roles: policy.roles,
              using: policy.using,
              withCheck: policy.withCheck,
              otherPolicies: own.filter((p) => p !== policy).map(describePolicy),
            },
            gain: { text: 'The other policies of the table count again' },
            fix: alterPolicy(policy, catalog.quoted(table)),
          },
        ];
      });
    });
  },
});

/**
 * Which expressions are always true. A missing WITH CHECK means USING; a missing expression permits nothing
 * (get_policies_for_relation and add_with_check_options in rowsecurity.c).
 */
function openParts(policy: PolicyFact): string[] {
  if (!policy.isPermissive || policy.command === 'r') return [];
  const parts: string[] = [];
  if (policy.command !== 'a' && isConstantTrue(policy.using)) parts.push('USING');
  if (policy.command !== 'd' && isConstantTrue(policy.withCheck)) parts.push('WITH CHECK');
  return parts;
}

/** Whom it opens the table to: PUBLIC, or named roles that someone can log in as and that the policy restricts at all. */
function effectiveRoles(policy: PolicyFact, table: TableFact, graph: RoleGraph): string[] {
  return policy.roles.filter((name) => {
    if (name === 'public') return true;
    return graph.loginsThrough(name).some((login) => !bypassesRowSecurity(login, table, graph));
  });
}

/** "Permissive true, then a restrictive filter" is a usual pattern: the filter decides. */
function isNarrowed(policy: PolicyFact, own: readonly PolicyFact[]): boolean {
  const commands = policy.command === '*' ? (['a', 'w', 'd'] as const) : [policy.command];
  return commands.every((command) =>
    own.some(
      (p) =>
        !p.isPermissive &&
        (p.command === '*' || p.command === command) &&
        (p.roles.includes('public') || policy.roles.every((r) => p.roles.includes(r))) &&
        !isConstantTrue(command === 'a' ? (p.withCheck ?? p.using) : p.using),
    ),
  );
}

function alterPolicy(policy: PolicyFact, table: string): ReturnType<typeof guidedFix> {
  const target = `ALTER POLICY ${quoteIdentifier(policy.name)} ON ${table}`;
  const parts = (using: string | null, withCheck: string | null): string =>
    [using === null ? '' : ` USING (${using})`, withCheck === null ? '' : ` WITH CHECK (${withCheck})`].join(
      '',
    );
  const template = parts(
    policy.using === null ? null : "tenant_id = current_setting('app.tenant_id')::bigint",
    policy.withCheck === null ? null : "tenant_id = current_setting('app.tenant_id')::bigint",
  );
  return guidedFix(`Narrow the policy ${policy.name}`, [
    `Template: ${target}${template}`,
    `Undo: ${target}${parts(policy.using, policy.withCheck)}`,
    'ALTER POLICY takes ACCESS EXCLUSIVE on the table for a moment.',
    'Roles lose access to the rows that the new expression leaves out; try it on a copy first.',
  ]);
}
