import type { Fix } from '#shared/model/finding.ts';
import type { ConstraintFact, IndexFact, TableFact } from '#shared/model/facts.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Catalog } from './catalog.ts';
import { indexDefinition } from './definitions.ts';
import { BRIEF_EXCLUSIVE, ONLINE, statementFix } from './fixes.ts';

export function validateConstraint(
  table: TableFact,
  constraint: ConstraintFact,
  catalog: Catalog,
  notes: readonly string[] = [],
): Fix {
  const parent = catalog.table(constraint.referencedTableOid);
  return statementFix({
    title: `Validate ${constraint.name}`,
    sql: [`ALTER TABLE ${catalog.quoted(table)} VALIDATE CONSTRAINT ${quoteIdentifier(constraint.name)}`],
    undo: [],
    risk: 'R2',
    lock: 'SHARE UPDATE EXCLUSIVE',
    lockInWords: `${ONLINE(catalog.label(table))}${parent ? ` ${catalog.label(parent)} is only kept from being altered.` : ''}`,
    notes: [...notes, 'Nothing to undo: a constraint that holds stays valid.'],
  });
}

/** Turns a unique index into the primary key; the index keeps its name, and the undo leaves the plain index behind. */
export function addPrimaryKeyUsingIndex(
  table: TableFact,
  index: IndexFact,
  catalog: Catalog,
  notes: readonly string[] = [],
): Fix {
  const target = `ALTER TABLE ${catalog.quoted(table)}`;
  const name = quoteIdentifier(index.name);
  const definition = indexDefinition(index, catalog, { concurrently: true });
  return statementFix({
    title: `Make ${index.name} the primary key of ${catalog.label(table)}`,
    sql: [`${target} ADD CONSTRAINT ${name} PRIMARY KEY USING INDEX ${name}`],
    undo: definition ? [`${target} DROP CONSTRAINT ${name}`, definition] : [],
    risk: 'R3',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: `${BRIEF_EXCLUSIVE(catalog.label(table))} The rows are not read again: the index proves them.`,
    // The undo creates the index again, concurrently.
    inTransaction: false,
    notes,
  });
}

/** `identity`: DEFAULT, NOTHING, FULL or USING INDEX "name"; the undo sets what was there. */
export function setReplicaIdentity(
  table: TableFact,
  identity: string,
  before: string,
  catalog: Catalog,
  notes: readonly string[] = [],
): Fix {
  const target = `ALTER TABLE ${catalog.quoted(table)} REPLICA IDENTITY`;
  return statementFix({
    title: `Set the replica identity of ${catalog.label(table)}`,
    sql: [`${target} ${identity}`],
    undo: [`${target} ${before}`],
    risk: 'R3',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: BRIEF_EXCLUSIVE(catalog.label(table)),
    notes,
  });
}

/** Enables triggers by name; the undo disables the same ones. */
export function enableTriggers(
  triggers: readonly { readonly table: TableFact; readonly name: string }[],
  title: string,
  catalog: Catalog,
  notes: readonly string[] = [],
): Fix {
  const each = (word: string): string[] =>
    triggers.map((t) => `ALTER TABLE ${catalog.quoted(t.table)} ${word} TRIGGER ${quoteIdentifier(t.name)}`);
  const tables = [...new Set(triggers.map((t) => catalog.label(t.table)))].join(' and ');
  return statementFix({
    title,
    sql: each('ENABLE'),
    undo: each('DISABLE'),
    risk: 'R3',
    lock: 'SHARE ROW EXCLUSIVE',
    lockInWords: `Writes to ${tables} wait for a moment; reads go on.`,
    notes,
  });
}
