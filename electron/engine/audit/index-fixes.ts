import type { Fix } from '#shared/model/finding.ts';
import type { ConstraintFact, IndexFact, TableFact } from '#shared/model/facts.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Catalog } from './catalog.ts';
import { indexDefinition } from './definitions.ts';
import { BRIEF_EXCLUSIVE, dropIndex, guidedFix, statementFix } from './fixes.ts';
import { indexTotals } from './index-roles.ts';

/** Drops an index the way its place allows: concurrently, with its partitions, or as a constraint. */
export function removeIndex(index: IndexFact, catalog: Catalog, notes: readonly string[] = []): Fix {
  const table = catalog.table(index.tableOid);
  if (!table) return dropIndex(index, catalog, notes);
  const constraint = catalog.constraintsOf(table.oid).find((c) => c.oid === index.constraintOid);
  if (index.constraintOid !== null) {
    return constraint && !index.isPartitioned
      ? dropKeyConstraint(table, constraint, index, catalog, notes)
      : guidedFix(`Drop the constraint behind ${index.name}`, [
          `Drop the constraint that owns ${index.name} with ALTER TABLE … DROP CONSTRAINT, after checking that no code names it.`,
          ...notes,
        ]);
  }
  return index.isPartitioned
    ? dropPartitionedIndex(table, index, catalog, notes)
    : dropIndex(index, catalog, notes);
}

/** Several plain indexes of one table in one go, in order; the undo creates all of them again. */
export function removeIndexes(
  table: TableFact,
  indexes: readonly IndexFact[],
  catalog: Catalog,
  notes: readonly string[] = [],
): Fix {
  const fixes = indexes.map((index) => removeIndex(index, catalog));
  return statementFix({
    title: `Drop ${indexes.length} indexes of ${catalog.label(table)}`,
    sql: fixes.flatMap((f) => f.sql),
    undo: fixes.flatMap((f) => f.undo),
    risk: 'R4',
    lock: fixes.some((f) => f.lock === 'ACCESS EXCLUSIVE') ? 'ACCESS EXCLUSIVE' : 'SHARE UPDATE EXCLUSIVE',
    lockInWords: fixes[0]?.lockInWords ?? '',
    inTransaction: false,
    notes,
  });
}

/** The undo keeps every name: parent on its own, leaves concurrently, then each attached, lowest level first. */
function dropPartitionedIndex(
  table: TableFact,
  index: IndexFact,
  catalog: Catalog,
  notes: readonly string[],
): Fix {
  const { attached } = indexTotals(index, catalog);
  const created = [index, ...attached].map((i) => indexDefinition(i, catalog, { concurrently: true }));
  const attach = attached.toReversed().map((child) => {
    const parent = child.parentIndexOid === index.oid ? index : catalog.index(child.parentIndexOid);
    return parent ? `ALTER INDEX ${catalog.quoted(parent)} ATTACH PARTITION ${catalog.quoted(child)}` : null;
  });
  const undo = [...created, ...attach];
  const isComplete = undo.every((statement) => statement !== null);
  return statementFix({
    title: `Drop the partitioned index ${index.name}`,
    sql: [`DROP INDEX ${catalog.quoted(index)}`],
    undo: isComplete ? undo.filter((statement) => statement !== null) : [],
    risk: 'R4',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: BRIEF_EXCLUSIVE(`${catalog.label(table)} and its ${attached.length} partitions' indexes`),
    inTransaction: false,
    notes: [
      'A partitioned index cannot be dropped CONCURRENTLY, and its partitions cannot lose theirs one by one.',
      ...(isComplete ? [] : ['Its definition could not be read, so there is no undo text.']),
      ...notes,
    ],
  });
}

/** The undo builds the index online first and then turns it back into the constraint. */
function dropKeyConstraint(
  table: TableFact,
  constraint: ConstraintFact,
  index: IndexFact,
  catalog: Catalog,
  notes: readonly string[],
): Fix {
  const target = `ALTER TABLE ${catalog.quoted(table)}`;
  const name = quoteIdentifier(constraint.name);
  const definition = indexDefinition(index, catalog, { concurrently: true });
  const words = constraint.type === 'p' ? 'PRIMARY KEY' : 'UNIQUE';
  const timing =
    (constraint.isDeferrable ? ' DEFERRABLE' : '') +
    (constraint.isInitiallyDeferred ? ' INITIALLY DEFERRED' : '');
  return statementFix({
    title: `Drop the constraint ${constraint.name}`,
    sql: [`${target} DROP CONSTRAINT ${name}`],
    undo: definition
      ? [
          definition,
          `${target} ADD CONSTRAINT ${name} ${words} USING INDEX ${quoteIdentifier(index.name)}${timing}`,
        ]
      : [],
    risk: 'R4',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: BRIEF_EXCLUSIVE(catalog.label(table)),
    // The undo creates its index concurrently.
    inTransaction: false,
    notes: ['Code that names the constraint, as in ON CONFLICT ON CONSTRAINT, would fail.', ...notes],
  });
}
