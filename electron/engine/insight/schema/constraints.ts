import type { ConstraintFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import type { ConstraintRow } from '#shared/model/schema.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { validateConstraint } from '#engine/audit/constraint-fixes.ts';
import { EngineError } from '#engine/errors.ts';
import { oncePer } from '../grid.ts';
import { catalogOf, RULES } from './keys.ts';

const KINDS = {
  c: 'CHECK',
  f: 'FOREIGN KEY',
  n: 'NOT NULL',
  p: 'PRIMARY KEY',
  u: 'UNIQUE',
  x: 'EXCLUDE',
  t: 'TRIGGER',
} as const;

/** Constraints as they were declared: those that partitions inherit, and NOT NULL that holds, are left out. */
export const constraintRows = oncePer((snapshot: Snapshot): readonly ConstraintRow[] => {
  const catalog = catalogOf(snapshot);
  return (snapshot.facts.constraints ?? []).flatMap((fact): ConstraintRow[] => {
    const table = catalog.table(fact.tableOid);
    if (!table || fact.parentOid !== null) return [];
    return [
      {
        oid: fact.oid,
        tableOid: fact.tableOid,
        table: catalog.label(table),
        name: fact.name,
        kind: KINDS[fact.type],
        columns: columnsOf(fact.tableOid, fact.columns, snapshot),
        rule: ruleOf(fact, snapshot),
        state: !fact.isEnforced ? 'not enforced' : fact.isValidated ? 'validated' : 'not validated',
        deferrable: !fact.isDeferrable
          ? 'no'
          : fact.isInitiallyDeferred
            ? 'initially deferred'
            : 'initially immediate',
        index: catalog.index(fact.indexOid)?.name ?? null,
      },
    ];
  });
});

/** What makes a constraint vouch for every row; null where it does, or where nothing would. */
export function constraintFix(snapshot: Snapshot, oid: number): Fix | null {
  const catalog = catalogOf(snapshot);
  const fact = snapshot.facts.constraints?.find((constraint) => constraint.oid === oid);
  const table = catalog.table(fact?.tableOid ?? null);
  if (!fact || !table) throw new EngineError('NOT_FOUND', 'This constraint is gone.', 'Read the page again.');
  return fact.isEnforced && !fact.isValidated ? validateConstraint(table, fact, catalog) : null;
}

function ruleOf(fact: ConstraintFact, snapshot: Snapshot): string | null {
  const catalog = catalogOf(snapshot);
  const parent = catalog.table(fact.referencedTableOid);
  if (!parent) return fact.definition;
  const columns = columnsOf(parent.oid, fact.referencedColumns, snapshot);
  return `${catalog.label(parent)} (${columns}), on delete ${RULES[fact.onDelete ?? 'a']}`;
}

function columnsOf(tableOid: number, numbers: readonly number[], snapshot: Snapshot): string {
  const catalog = catalogOf(snapshot);
  // Exclusion constraints may stand on expressions: number 0.
  return numbers.map((n) => catalog.column(tableOid, n)?.name ?? '(expression)').join(', ');
}
