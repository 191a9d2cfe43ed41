import type { TableFact } from '#shared/model/facts.ts';
import { quoteQualified } from '#engine/postgres/quote.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { statementFix } from '#engine/audit/fixes.ts';
import { inSchemaRef } from '#engine/audit/object-refs.ts';
import { roleGraph } from '#engine/audit/role-graph.ts';
import { bypassesRowSecurity } from '#engine/audit/row-security.ts';
import { onPrimary } from '#engine/audit/standby.ts';

export const viewBypassesRls = defineCheck({
  id: 'view-bypasses-rls',
  title: 'A view goes around row-level security',
  category: 'security',
  topic: 'row security',
  severity: 'medium',
  why: 'A view reads its tables with the rights of its owner. Where the owner is not bound by the policies, everybody who may read the view sees every row.',
  rule: "Medium for a view without security_invoker over a table with row-level security, where the view's owner bypasses the policies and a role that does not may read the view. From PostgreSQL 15 on; tables behind further views are not followed.",
  remedy: "Set security_invoker, so that the reader's own policies and privileges count.",
  docs: 'https://www.postgresql.org/docs/current/sql-createview.html',
  needs: ['views', 'tables', 'roles'],
  thresholds: {},
  evaluate({ server, views, roles }, { catalog }) {
    if (server.versionNum < 150_000) {
      return { notApplicable: 'Before PostgreSQL 15 a view cannot run with the rights of its reader.' };
    }
    const graph = roleGraph(roles);
    return views.flatMap((view): Draft[] => {
      if (view.isSecurityInvoker || view.isExtensionOwned || view.readers.length === 0) return [];
      const owner = graph.role(view.owner);
      const tables = view.tableOids.flatMap((oid) => {
        const table = catalog.table(oid);
        // Where the owner is bound by the policies itself, they are applied as the owner: narrower, not bypassed.
        return table?.rowSecurity && owner && bypassesRowSecurity(owner, table, graph) ? [table] : [];
      });
      const readers = view.readers.filter((name) => {
        const reader = graph.role(name);
        return !reader || tables.some((t) => !bypassesRowSecurity(reader, t, graph));
      });
      if (tables.length === 0 || readers.length === 0) return [];
      const target = `ALTER VIEW ${quoteQualified(view.schema, view.name)}`;
      return [
        {
          severity: 'medium',
          confidence: 'likely',
          confidenceReason:
            'Owner, grants and policies are certain; that the view is meant to be filtered is inferred.',
          object: inSchemaRef('view', view),
          message: `${catalog.label(view)} shows ${readers.join(', ')} every row of ${tables.map((t) => catalog.label(t)).join(', ')}: it runs as ${view.owner}.`,
          evidence: { owner: view.owner, tables: tables.map(label), readers, securityInvoker: false },
          gain: { text: "The reader's own policies apply" },
          fix: onPrimary(
            statementFix({
              title: `Run ${catalog.label(view)} with the rights of its reader`,
              sql: [`${target} SET (security_invoker = true)`],
              undo: [`${target} RESET (security_invoker)`],
              risk: 'R4',
              lock: 'ACCESS EXCLUSIVE',
              lockInWords: `Nobody can use ${catalog.label(view)} for a moment; with lock_timeout set it gives up instead of queueing others.`,
              notes: [
                `Readers then need SELECT on ${tables.map((t) => catalog.label(t)).join(', ')} themselves, and see only the rows that their policies admit.`,
              ],
            }),
            server,
          ),
        },
      ];
    });
  },
});

function label(table: TableFact): string {
  return `${table.schema}.${table.name}`;
}
