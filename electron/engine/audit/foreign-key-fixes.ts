import type { Fix } from '#shared/model/finding.ts';
import type { ConstraintFact, ForeignKeyAction, TableFact } from '#shared/model/facts.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Catalog } from './catalog.ts';
import { ACTION_WORDS, foreignKeyDefinition } from './definitions.ts';
import { BRIEF_EXCLUSIVE, statementFix } from './fixes.ts';
import type { KeyPairs } from './violations.ts';

/** Not valid at first, so that the long look at the rows stops nobody; on a partitioned table in one step. */
export function addForeignKey(
  table: TableFact,
  parent: TableFact,
  key: Omit<KeyPairs, 'table' | 'parent'> & { readonly name: string; readonly onDelete: ForeignKeyAction },
  catalog: Catalog,
): Fix {
  const target = `ALTER TABLE ${catalog.quoted(table)}`;
  const name = quoteIdentifier(key.name);
  const list = (columns: readonly string[]): string => columns.map(quoteIdentifier).join(', ');
  const rule = key.onDelete === 'a' ? '' : ` ON DELETE ${ACTION_WORDS[key.onDelete]}`;
  const definition = `FOREIGN KEY (${list(key.columns)}) REFERENCES ${catalog.quoted(parent)} (${list(key.parentColumns)})${rule}`;
  const both = bothOf(table, parent, catalog);
  return statementFix({
    title: `Add the foreign key ${key.name}`,
    sql: addingSteps(table, name, definition, { isEnforced: true, isValidated: true }, { target }),
    undo: [`${target} DROP CONSTRAINT ${name}`],
    // On a partitioned table all rows are looked at while writes wait.
    risk: table.kind === 'p' ? 'R3' : 'R2',
    lock: 'SHARE ROW EXCLUSIVE',
    lockInWords:
      table.kind === 'p'
        ? `Writes to ${both} wait until all rows are checked, at most 10 s; reads go on.`
        : `Writes to ${both} wait for a moment; reads go on. Checking the existing rows then lets both go on.`,
  });
}

/** Replaces the delete rule: drop, add NOT VALID, validate, so that the long scan runs under a weak lock. */
export function changeDeleteRule(
  constraint: ConstraintFact,
  onDelete: ForeignKeyAction,
  catalog: Catalog,
  notes: readonly string[] = [],
): Fix | undefined {
  const table = catalog.table(constraint.tableOid);
  const parent = catalog.table(constraint.referencedTableOid);
  const after = foreignKeyDefinition(constraint, catalog, { onDelete });
  const before = foreignKeyDefinition(constraint, catalog);
  if (!table || !parent || !after || !before) return undefined;
  const name = quoteIdentifier(constraint.name);
  const target = `ALTER TABLE ${catalog.quoted(table)}`;
  const steps = (definition: string): string[] =>
    addingSteps(table, name, definition, constraint, { target, instead: true });
  const checking =
    table.kind === 'p' && constraint.isValidated
      ? 'All rows are checked meanwhile, for at most 10 s.'
      : 'Checking the existing rows then lets reads and writes go on.';
  return {
    title: `Change the delete rule of ${constraint.name}`,
    sql: steps(after),
    undo: steps(before),
    risk: 'R4',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: `${BRIEF_EXCLUSIVE(bothOf(table, parent, catalog))} ${checking}`,
    inTransaction: true,
    notes,
  };
}

/** Undefined where the key's text cannot be composed (temporal keys). The undo checks existing rows under a weak lock. */
export function dropForeignKey(
  constraint: ConstraintFact,
  catalog: Catalog,
  notes: readonly string[] = [],
): Fix | undefined {
  const table = catalog.table(constraint.tableOid);
  const parent = catalog.table(constraint.referencedTableOid);
  const definition = foreignKeyDefinition(constraint, catalog);
  if (!table || !parent || !definition) return undefined;
  const target = `ALTER TABLE ${catalog.quoted(table)}`;
  const name = quoteIdentifier(constraint.name);
  return statementFix({
    title: `Drop the foreign key ${constraint.name}`,
    sql: [`${target} DROP CONSTRAINT ${name}`],
    undo: addingSteps(table, name, definition, constraint, { target }),
    risk: 'R4',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: BRIEF_EXCLUSIVE(bothOf(table, parent, catalog)),
    notes,
  });
}

/** Adds a key in the state that it had: enforced or not, validated or not; `instead` drops the old one with it. */
function addingSteps(
  table: TableFact,
  name: string,
  definition: string,
  { isEnforced, isValidated }: Pick<ConstraintFact, 'isEnforced' | 'isValidated'>,
  { target, instead = false }: { readonly target: string; readonly instead?: boolean },
): string[] {
  const add = `${target} ${instead ? `DROP CONSTRAINT ${name}, ` : ''}ADD CONSTRAINT ${name} ${definition}`;
  if (!isEnforced) return [`${add} NOT ENFORCED`];
  if (!isValidated) return [`${add} NOT VALID`];
  // Before 18 a foreign key of a partitioned table cannot be added NOT VALID; in one step it can on every version.
  if (table.kind === 'p') return [add];
  return [`${add} NOT VALID`, `${target} VALIDATE CONSTRAINT ${name}`];
}

function bothOf(table: TableFact, parent: TableFact, catalog: Catalog): string {
  return table.oid === parent.oid
    ? catalog.label(table)
    : `${catalog.label(table)} and ${catalog.label(parent)}`;
}
