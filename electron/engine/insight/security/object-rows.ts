import type { Facts, PublicGrant, TableFact } from '#shared/model/facts.ts';
import type { AuditingRow, DefinerRow, PublicGrantRow, RowSecurityRow } from '#shared/model/security.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { preloadedLibraries } from '#engine/audit/preload-library.ts';
import { describePolicy, policiesByTable } from '#engine/audit/row-security.ts';
import { isSensitiveName } from '#engine/audit/sensitive-names.ts';
import { auditReason } from './audit-trigger.ts';
import type { Judge } from './verdicts.ts';

const KINDS: Readonly<Record<PublicGrant['kind'], PublicGrantRow['kind']>> = {
  r: 'table',
  p: 'table',
  m: 'matview',
  v: 'view',
  f: 'foreign table',
};

/** What PUBLIC may do with schemas, relations, columns and SECURITY DEFINER functions; extensions left out. */
export function publicGrantRows(
  facts: Partial<Facts>,
  catalog: Catalog,
  judge: Judge,
): readonly PublicGrantRow[] {
  const schemas = (facts.schemas ?? []).flatMap((s): PublicGrantRow[] => {
    const privileges = [...(s.publicCanCreate ? ['CREATE'] : []), ...(s.publicCanUse ? ['USAGE'] : [])];
    if (privileges.length === 0) return [];
    const verdicts = judge.named('schema', s.name);
    return [{ key: `schema ${s.name}`, name: s.name, kind: 'schema', privileges, verdicts }];
  });
  const relations = (facts.publicGrants ?? [])
    .filter((g) => !g.isExtensionOwned)
    .map((g): PublicGrantRow => {
      const label = catalog.label(g);
      const name = g.column === null ? label : `${label}.${g.column}`;
      return {
        key: JSON.stringify([g.relationOid, g.column]),
        name,
        kind: g.column === null ? KINDS[g.kind] : 'column',
        privileges: g.privileges,
        verdicts: judge.withOid(['table', 'view', 'matview'], g.relationOid),
      };
    });
  const functions = (facts.functions ?? [])
    .filter((f) => f.publicCanExecute && !f.isExtensionOwned)
    .map((f): PublicGrantRow => {
      const name = `${f.schema}.${f.name}(${f.identityArguments})`;
      const verdicts = judge.withOid(['function'], f.oid);
      return { key: `function ${f.oid}`, name, kind: 'function', privileges: ['EXECUTE'], verdicts };
    });
  return [...schemas, ...relations, ...functions];
}

/** SECURITY DEFINER functions of users. */
export function definerRows({ functions = [] }: Partial<Facts>, judge: Judge): readonly DefinerRow[] {
  return functions
    .filter((f) => !f.isExtensionOwned)
    .map((f) => ({
      key: String(f.oid),
      name: `${f.schema}.${f.name}(${f.identityArguments})`,
      owner: f.owner,
      ownerIsSuperuser: f.ownerIsSuperuser,
      searchPath: f.settings.find((s) => /^search_path=/i.test(s))?.slice('search_path='.length) ?? null,
      publicCanExecute: f.publicCanExecute,
      verdicts: judge.withOid(['function'], f.oid),
    }));
}

/** Tables with row security, policies or sensitive columns, and the views that go around policies. */
export function rowSecurityRows(
  facts: Partial<Facts>,
  catalog: Catalog,
  judge: Judge,
): readonly RowSecurityRow[] {
  const policies = policiesByTable(facts.policies ?? []);
  const tables = ownTables(facts).flatMap((table): RowSecurityRow[] => {
    const own = policies.get(table.oid) ?? [];
    const sensitive = sensitiveColumns(table, catalog);
    if (!table.rowSecurity && own.length === 0 && sensitive.length === 0) return [];
    return [
      {
        key: String(table.oid),
        name: catalog.label(table),
        kind: 'table',
        owner: table.owner,
        isEnabled: table.rowSecurity,
        isForced: table.forceRowSecurity,
        policies: own.map(describePolicy),
        sensitiveColumns: sensitive,
        verdicts: [
          ...judge.withOid(['table'], table.oid),
          ...judge.partOf('policy', table.schema, table.name),
        ].filter((v) => v.check.startsWith('rls-')),
      },
    ];
  });
  const views = (facts.views ?? []).flatMap((view): RowSecurityRow[] => {
    const verdicts = judge.withOid(['view'], view.oid).filter((v) => v.check === 'view-bypasses-rls');
    if (verdicts.length === 0) return [];
    return [
      {
        key: String(view.oid),
        name: catalog.label(view),
        kind: 'view',
        owner: view.owner,
        isEnabled: false,
        isForced: false,
        policies: [],
        sensitiveColumns: [],
        verdicts,
      },
    ];
  });
  return [...views, ...tables];
}

/** Whether changes of sensitive tables leave a trace, as far as triggers and pgaudit show. */
export function auditingRows(facts: Partial<Facts>, catalog: Catalog): readonly AuditingRow[] {
  const sources = new Map((facts.triggerFunctions ?? []).map((f) => [f.triggerOid, f.source]));
  const hasPgaudit = preloadedLibraries(catalog)?.includes('pgaudit') ?? false;
  const reasons = new Map<number, string>();
  for (const trigger of facts.triggers ?? []) {
    // Replica triggers fire on a subscriber only.
    if (trigger.enabled !== 'O' && trigger.enabled !== 'A') continue;
    const reason = auditReason(sources.get(trigger.oid) ?? '');
    if (reason !== null) {
      reasons.set(trigger.tableOid, `${trigger.name} calls ${trigger.functionName}, which ${reason}`);
    }
  }
  return ownTables(facts).flatMap((table): AuditingRow[] => {
    const columns = sensitiveColumns(table, catalog);
    if (columns.length === 0) return [];
    const trigger = reasons.get(table.oid);
    const reason =
      trigger ??
      (hasPgaudit
        ? 'pgaudit is loaded; whether it covers this table depends on its settings'
        : 'no enabled row trigger writes to what looks like an audit table');
    return [
      {
        key: String(table.oid),
        name: catalog.label(table),
        sensitiveColumns: columns,
        coverage: trigger !== undefined || hasPgaudit ? 'likely' : 'none found',
        reason,
        verdicts: [],
      },
    ];
  });
}

function ownTables({ tables = [] }: Partial<Facts>): readonly TableFact[] {
  return tables.filter((t) => (t.kind === 'r' || t.kind === 'p') && !t.isPartition && !t.isExtensionOwned);
}

function sensitiveColumns(table: TableFact, catalog: Catalog): readonly string[] {
  return catalog.columnNames(table.oid).filter(isSensitiveName);
}
