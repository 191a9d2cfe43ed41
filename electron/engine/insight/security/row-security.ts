import type { Facts, PolicyFact, TableFact } from '#shared/model/facts.ts';
import { SEVERITIES, type Fix, type Severity } from '#shared/model/finding.ts';
import type {
  RowSecurityCounts,
  RowSecurityDetail,
  RowSecurityRow,
  Verdict,
} from '#shared/model/security.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { roleGraph } from '#engine/audit/role-graph.ts';
import { enableRowSecurity, type PolicyText } from '#engine/audit/row-security-fixes.ts';
import { bypassersOf, describePolicy, policiesByTable, usersByTable } from '#engine/audit/row-security.ts';
import { isSensitiveName } from '#engine/audit/sensitive-names.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Judge } from './verdicts.ts';

export interface RowSecurity {
  readonly rows: readonly RowSecurityRow[];
  readonly counts: RowSecurityCounts;
  /** Undefined where no row has this oid. */
  detail(oid: number): RowSecurityDetail | undefined;
}

/** Tables with policies, row security, users other than the owner or secrets; and views that go around policies. */
export function rowSecurity(facts: Partial<Facts>, catalog: Catalog, judge: Judge): RowSecurity {
  const policies = policiesByTable(facts.policies ?? []);
  const graph = roleGraph(facts.roles ?? []);
  const users = usersByTable(facts, graph);
  const rows = [...viewRows(facts, catalog, judge)];
  for (const table of ownTables(facts)) {
    const own = policies.get(table.oid)?.length ?? 0;
    const usedBy = users.get(table.oid) ?? [];
    const sensitive = sensitiveColumns(table, catalog);
    if (!table.rowSecurity && own === 0 && sensitive.length === 0 && usedBy.length === 0) continue;
    rows.push({
      oid: table.oid,
      name: catalog.label(table),
      kind: 'table',
      owner: table.owner,
      isEnabled: table.rowSecurity,
      isForced: table.forceRowSecurity,
      policies: own,
      usedBy: textOf(usedBy),
      sensitiveColumns: textOf(sensitive),
      ...worstOf(verdictsFor(table, judge)),
    });
  }
  return {
    rows,
    counts: {
      rows: rows.length,
      enabled: rows.filter((row) => row.isEnabled).length,
      open: rows.filter(isOpen).length,
    },
    detail: (oid) => {
      const row = rows.find((candidate) => candidate.oid === oid);
      if (!row) return undefined;
      const table = catalog.table(oid);
      const own = policies.get(oid) ?? [];
      return {
        ...row,
        policyTexts: own.map(describePolicy),
        bypassedBy: table ? bypassersOf(table, facts.roles ?? [], graph) : [],
        verdicts: row.kind === 'view' || !table ? judge.withOid(['view'], oid) : verdictsFor(table, judge),
        enable: table && row.kind === 'table' ? enableFix(table, own, users.get(oid) ?? [], catalog) : null,
      };
    },
  };
}

/** Others than the owner use it, and nothing limits which rows. */
export function isOpen({ kind, isEnabled, usedBy }: RowSecurityRow): boolean {
  return kind === 'table' && !isEnabled && usedBy !== null;
}

/** Tables and partitioned tables of users, without partitions. */
export function ownTables({ tables = [] }: Partial<Facts>): readonly TableFact[] {
  return tables.filter((t) => (t.kind === 'r' || t.kind === 'p') && !t.isPartition && !t.isExtensionOwned);
}

export function sensitiveColumns(table: TableFact, catalog: Catalog): readonly string[] {
  return catalog.columnNames(table.oid).filter(isSensitiveName);
}

function textOf(names: readonly string[]): string | null {
  return names.length === 0 ? null : names.join(', ');
}

function viewRows(facts: Partial<Facts>, catalog: Catalog, judge: Judge): readonly RowSecurityRow[] {
  return (facts.views ?? []).flatMap((view): RowSecurityRow[] => {
    const verdicts = judge.withOid(['view'], view.oid).filter((v) => v.check === 'view-bypasses-rls');
    if (verdicts.length === 0) return [];
    return [
      {
        oid: view.oid,
        name: catalog.label(view),
        kind: 'view',
        owner: view.owner,
        isEnabled: false,
        isForced: false,
        policies: 0,
        usedBy: textOf(view.readers.map((reader) => (reader === 'public' ? 'PUBLIC' : reader))),
        sensitiveColumns: null,
        ...worstOf(verdicts),
      },
    ];
  });
}

function verdictsFor(table: TableFact, judge: Judge): readonly Verdict[] {
  return [...judge.withOid(['table'], table.oid), ...judge.partOf('policy', table.schema, table.name)].filter(
    (v) => v.check.startsWith('rls-'),
  );
}

function worstOf(verdicts: readonly Verdict[]): { worst: Severity | null; weight: number } {
  const worst = SEVERITIES.find((s) => verdicts.some((v) => v.severity === s)) ?? null;
  return { worst, weight: worst === null ? 0 : SEVERITIES.length - SEVERITIES.indexOf(worst) };
}

/** Columns that usually say whose row it is. */
const OWNER_COLUMN = /^(?:tenant|account|org|organi[sz]ation|customer|company|owner|user)_?id$/i;

/** Row security, with a policy to fill in first where there is none: policies count only once it is on. */
function enableFix(
  table: TableFact,
  policies: readonly PolicyFact[],
  usedBy: readonly string[],
  catalog: Catalog,
): Fix | null {
  if (table.rowSecurity) return null;
  const column = catalog.columnNames(table.oid).find((name) => OWNER_COLUMN.test(name));
  const needsPolicy = policies.length === 0;
  const policy: PolicyText = {
    name: 'own_rows',
    roles:
      usedBy.length === 0 || usedBy.includes('PUBLIC') ? 'PUBLIC' : usedBy.map(quoteIdentifier).join(', '),
    using:
      column === undefined
        ? 'false'
        : `${quoteIdentifier(column)}::text = current_setting('app.${column.toLowerCase()}', true)`,
  };
  return enableRowSecurity(table, catalog, {
    ...(needsPolicy ? { policy } : {}),
    notes: [
      ...(needsPolicy
        ? [
            column === undefined
              ? 'The policy is a template that admits no row: write your own condition in place of false.'
              : `The policy is a template: it assumes that the application sets app.${column.toLowerCase()} in each session or transaction.`,
          ]
        : []),
      'Once it is on, every role that no policy admits sees and changes no rows at all. Superusers, roles with BYPASSRLS and the owner are not restricted; the owner is with FORCE ROW LEVEL SECURITY.',
      'Try it on a copy with the roles of the application first.',
    ],
  });
}
