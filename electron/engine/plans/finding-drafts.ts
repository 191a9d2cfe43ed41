import type { ConstraintFact, IndexFact } from '#shared/model/facts.ts';
import type { Finding, Fix } from '#shared/model/finding.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { violationsOf } from '#engine/audit/violations.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { dropDraft } from './actions/indexes.ts';
import { refreshMeasures } from './actions/matviews.ts';
import { offendersOf } from './actions/offenders.ts';
import type { ActionDraft } from './plan.ts';

/**
 * The fix of a finding as changes. One that drops several indexes, or replaces several keys, becomes one change for
 * each: one that fails does not take the others' undo with it, and each is guarded and completed as itself.
 */
export function draftsOf(finding: Finding, fix: Fix, catalog: Catalog): ActionDraft[] {
  const link = { check: finding.check, fingerprint: finding.fingerprint, message: finding.message };
  const drops = fix.sql.map((sql) => droppedIndex(sql, catalog));
  if (drops.every((index) => index !== undefined)) {
    const gone = new Set(drops.map(({ oid }) => oid));
    return drops.map((index) => ({ ...dropDraft(index, catalog, gone), finding: link }));
  }
  const keys = replacedKeys(fix, catalog);
  if (keys.length > 0) return keys.map((key) => ({ ...replaceDraft(key, fix, catalog), finding: link }));
  const view = fix.sql[0]?.startsWith('REFRESH ') ? catalog.table(finding.object.oid) : undefined;
  return [
    {
      fix,
      object: finding.object,
      finding: link,
      // What is missing is made: its name must be free.
      isNew: finding.object.kind === 'matview' && finding.object.oid === 0,
      freedBytes: finding.gain?.bytes ?? null,
      ...(view ? { measures: refreshMeasures(view) } : {}),
      ...inTheWay(finding, catalog),
    },
  ];
}

/** Validating fails where rows break the rule: then they are named. */
function inTheWay({ object }: Finding, catalog: Catalog): Pick<ActionDraft, 'offenders'> {
  const constraint = object.kind === 'constraint' ? catalog.constraint(object.oid) : undefined;
  const table = catalog.table(constraint?.tableOid ?? null);
  const violations = constraint && table ? violationsOf(constraint, table, catalog) : null;
  return constraint && table && violations
    ? { offenders: offendersOf(constraint, table, violations, catalog) }
    : {};
}

function droppedIndex(sql: string, catalog: Catalog): IndexFact | undefined {
  const prefix = 'DROP INDEX CONCURRENTLY ';
  return sql.startsWith(prefix) ? catalog.indexByQuotedName(sql.slice(prefix.length)) : undefined;
}

/** Foreign keys that the fix drops and adds again in one statement each. */
function replacedKeys({ sql }: Fix, catalog: Catalog): ConstraintFact[] {
  if (
    !sql.some((statement) => statement.startsWith('ALTER TABLE ') && statement.includes(' ADD CONSTRAINT '))
  )
    return [];
  return catalog.foreignKeys().filter((key) => {
    const { dropped } = prefixesOf(key, catalog);
    return sql.some((statement) => statement.startsWith(dropped));
  });
}

function replaceDraft(key: ConstraintFact, fix: Fix, catalog: Catalog): ActionDraft {
  const { dropped, validated } = prefixesOf(key, catalog);
  const own = (statements: readonly string[]): string[] =>
    statements.filter((sql) => sql.startsWith(dropped) || sql === validated);
  return {
    fix: { ...fix, title: `Change the delete rule of ${key.name}`, sql: own(fix.sql), undo: own(fix.undo) },
    object: catalog.constraintRef(key),
  };
}

function prefixesOf(
  key: ConstraintFact,
  catalog: Catalog,
): { readonly dropped: string; readonly validated: string } {
  const table = catalog.table(key.tableOid);
  const target = table ? `ALTER TABLE ${catalog.quoted(table)}` : '';
  const name = quoteIdentifier(key.name);
  return {
    dropped: `${target} DROP CONSTRAINT ${name}, ADD CONSTRAINT ${name} `,
    validated: `${target} VALIDATE CONSTRAINT ${name}`,
  };
}
