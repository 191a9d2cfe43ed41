import type { PolicyFact } from '#shared/model/facts.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { enableRowSecurity } from '#engine/audit/row-security-fixes.ts';
import { describePolicy, policiesByTable } from '#engine/audit/row-security.ts';
import { onPrimary } from '#engine/audit/standby.ts';

export const rlsPolicyDisabled = defineCheck({
  id: 'rls-policy-disabled',
  title: 'Policies exist but row-level security is off',
  category: 'security',
  topic: 'row security',
  severity: 'high',
  why: 'Without row-level security on the table PostgreSQL ignores its policies: everybody with SELECT sees every row, although the schema looks protected.',
  rule: 'High for a table that has policies while row-level security is disabled on it.',
  remedy: 'Enable row-level security, or drop the policies if they are not wanted.',
  docs: 'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
  needs: ['policies', 'tables'],
  thresholds: {},
  evaluate({ server, policies }, { catalog }) {
    return [...policiesByTable(policies)].flatMap(([oid, own]): Draft[] => {
      const table = catalog.table(oid);
      if (!table || table.rowSecurity || table.isExtensionOwned) return [];
      return [
        {
          severity: 'high',
          confidence: 'certain',
          confidenceReason: 'Read from the catalog.',
          object: catalog.tableRef(table),
          message: `${catalog.label(table)} has ${own.length} ${own.length === 1 ? 'policy' : 'policies'} that nothing enforces: row-level security is off.`,
          evidence: {
            policies: own.map(describePolicy),
            rolesNamed: rolesOf(own),
            forceRowSecurity: table.forceRowSecurity,
            estimatedRows: table.estimatedRows,
          },
          gain: { text: 'The policies take effect' },
          fix: onPrimary(
            enableRowSecurity(table, catalog, {
              notes: [
                'From then on every role that no policy admits sees and changes no rows. The owner, superusers and roles with BYPASSRLS are not restricted.',
                'Try it on a copy with the roles of the application first.',
              ],
            }),
            server,
          ),
        },
      ];
    });
  },
});

function rolesOf(policies: readonly PolicyFact[]): readonly string[] {
  return [...new Set(policies.flatMap((p) => p.roles))].sort();
}
