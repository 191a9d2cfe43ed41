import type { ConstraintFact } from '#shared/model/facts.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { dropForeignKey } from '#engine/audit/foreign-key-fixes.ts';
import { foreignKeyDefinition } from '#engine/audit/definitions.ts';

export const duplicateFk = defineCheck({
  id: 'duplicate-fk',
  title: 'Two foreign keys say the same',
  category: 'performance',
  topic: 'foreign keys',
  severity: 'low',
  why: 'Each foreign key is checked on its own: every write to the child looks the parent row up twice, and every delete in the parent searches the child twice.',
  rule: 'Low for foreign keys of one table with the same columns, the same target columns, the same actions, match type and timing. The validated one is kept, then the older.',
  remedy: 'Drop all but one.',
  docs: 'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK',
  needs: ['constraints', 'tables', 'columns'],
  thresholds: {},
  evaluate({ constraints }, { catalog }) {
    return groupEqual(constraints).flatMap((group): Draft[] => {
      const [keep, ...rest] = group.sort(
        (a, b) => Number(b.isValidated) - Number(a.isValidated) || a.oid - b.oid,
      );
      if (!keep) return [];
      return rest.map((drop) => describe(drop, keep, catalog));
    });
  },
});

function groupEqual(constraints: readonly ConstraintFact[]): ConstraintFact[][] {
  const groups = new Map<string, ConstraintFact[]>();
  for (const key of constraints) {
    if (key.type !== 'f' || key.parentOid !== null || key.isExtensionOwned) continue;
    const pairs = key.columns.map((column, at) => `${column}>${key.referencedColumns[at]}`).sort();
    const name = [
      key.tableOid,
      key.referencedTableOid,
      pairs.join(','),
      key.onDelete,
      key.onDeleteColumns.join(','),
      key.onUpdate,
      key.match,
      key.isDeferrable,
      key.isInitiallyDeferred,
      key.isEnforced,
      key.hasPeriod,
    ].join(' ');
    const group = groups.get(name);
    if (group) group.push(key);
    else groups.set(name, [key]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

function describe(drop: ConstraintFact, keep: ConstraintFact, catalog: Catalog): Draft {
  const table = catalog.table(drop.tableOid);
  const fix = dropForeignKey(drop, catalog);
  return {
    severity: 'low',
    confidence: 'certain',
    confidenceReason: 'Both are read from the catalog and are equal.',
    object: catalog.constraintRef(drop),
    message: `${drop.name} on ${table ? catalog.label(table) : 'its table'} says the same as ${keep.name}.`,
    evidence: {
      keep: keep.name,
      keepReason: keep.isValidated && !drop.isValidated ? 'it is validated' : 'it is older',
      definition: foreignKeyDefinition(drop, catalog),
      keepDefinition: foreignKeyDefinition(keep, catalog),
      validated: drop.isValidated,
      keepValidated: keep.isValidated,
    },
    gain: { text: 'One look-up less on every write' },
    ...(fix ? { fix } : {}),
  };
}
