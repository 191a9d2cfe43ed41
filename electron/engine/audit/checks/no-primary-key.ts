import type { Facts, IndexFact, TableFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import { formatCountOf } from '#shared/model/format.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { addPrimaryKeyUsingIndex } from '#engine/audit/constraint-fixes.ts';
import { describeIndexColumns } from '#engine/audit/definitions.ts';
import { BRIEF_EXCLUSIVE, guidedFix, statementFix } from '#engine/audit/fixes.ts';
import { IndexNames } from '#engine/audit/index-names.ts';
import { tableTotals } from '#engine/audit/table-totals.ts';
import { notNullRowKeys } from '#engine/audit/unique-keys.ts';

export const noPrimaryKey = defineCheck({
  id: 'no-primary-key',
  title: 'Table has no primary key',
  category: 'reliability',
  topic: 'tables',
  severity: 'medium',
  why: 'Without a primary key rows can be stored twice and cannot be told apart, no foreign key can point at them safely, and logical replication cannot send their updates and deletes.',
  rule: 'Every table, or root of a partition tree, without a primary key; extension-owned and temporary tables are left out. Medium where it is published or has 100,000 rows or more, else low.',
  remedy:
    'Use the unique index that the table may already have; otherwise build one concurrently, prove NOT NULL, and turn it into the key.',
  docs: 'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS',
  needs: ['tables', 'constraints', 'indexes', 'columns'],
  wants: ['publications', 'sequences'],
  thresholds: { mediumRows: 100_000 },
  evaluate(facts, { catalog, limit }) {
    const published = new Set((facts.publications ?? []).flatMap((p) => p.tableOids));
    const generated = generatedColumns(facts);
    const names = new IndexNames(facts);
    return facts.tables.flatMap((table): Draft[] => {
      if ((table.kind !== 'r' && table.kind !== 'p') || table.isPartition || table.isExtensionOwned)
        return [];
      if (table.persistence === 't' || table.columnCount === 0) return [];
      if (catalog.constraintsOf(table.oid).some((c) => c.type === 'p')) return [];
      const { rows, sizeBytes, leaves } = tableTotals(table, catalog);
      const isPublished = published.has(table.oid) || leaves.some((leaf) => published.has(leaf.oid));
      const candidates = notNullRowKeys(table.oid, catalog);
      return [
        {
          severity: isPublished || (rows ?? 0) >= limit('mediumRows') ? 'medium' : 'low',
          confidence: 'certain',
          confidenceReason: 'Read from the catalog.',
          object: catalog.tableRef(table),
          message: `${catalog.label(table)} has no primary key${rows === null ? '' : ` for ${formatCountOf(rows, 'row')}`}${isPublished ? ' and is published for replication' : ''}.`,
          evidence: {
            tableRows: rows,
            tableBytes: sizeBytes,
            published: isPublished,
            candidates: candidates.map((i) => `${i.name}: ${describeIndexColumns(i, catalog)}`),
          },
          fix: fixFor(
            table,
            candidates,
            generated.get(table.oid) ?? null,
            names,
            catalog,
            facts.server.versionNum,
          ),
        },
      ];
    });
  },
});

/** table → the number of a column that a sequence fills: where it is NOT NULL it makes a key by itself. */
function generatedColumns(facts: Partial<Pick<Facts, 'sequences'>>): Map<number, number> {
  const byTable = new Map<number, number>();
  for (const { tableOid, column, link } of facts.sequences ?? []) {
    if (tableOid !== null && column !== null && link !== null) byTable.set(tableOid, column);
  }
  return byTable;
}

function fixFor(
  table: TableFact,
  candidates: readonly IndexFact[],
  generated: number | null,
  names: IndexNames,
  catalog: Catalog,
  versionNum: number,
): Fix {
  // ADD CONSTRAINT … USING INDEX is refused on partitioned tables and for indexes with another order than ASC.
  const usable = candidates.find(
    (i) =>
      i.constraintOid === null && i.accessMethod === 'btree' && i.options.every((option) => option === 0),
  );
  if (usable && table.kind === 'r') return addPrimaryKeyUsingIndex(table, usable, catalog);
  const column = generated === null ? undefined : catalog.column(table.oid, generated);
  if (table.kind === 'r' && column?.notNull && candidates.length === 0) {
    return createKey(table, column.name, names, catalog);
  }
  const bound = candidates.find((i) => i.constraintOid !== null);
  const steps = bound
    ? [
        `${bound.name} already belongs to a UNIQUE constraint: build a second unique index on the same columns concurrently, make it the primary key with USING INDEX, then drop the constraint.`,
      ]
    : [
        'Find columns that name each row, or add an identity column (which rewrites the table).',
        'Build a unique index on them: CREATE UNIQUE INDEX CONCURRENTLY.',
        versionNum >= 180000
          ? 'Prove that they are never NULL: ADD CONSTRAINT … NOT NULL … NOT VALID, then VALIDATE CONSTRAINT.'
          : 'Prove that they are never NULL: a CHECK (… IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT, then SET NOT NULL, which then reads no rows.',
        'ALTER TABLE … ADD PRIMARY KEY USING INDEX takes a moment then.',
      ];
  const partitioned =
    table.kind === 'p'
      ? ['The key of a partitioned table must contain the partition key, and cannot be added USING INDEX.']
      : [];
  return guidedFix(`Give ${catalog.label(table)} a primary key`, [...steps, ...partitioned]);
}

function createKey(table: TableFact, column: string, names: IndexNames, catalog: Catalog): Fix {
  const name = names.free(table.schema, table.name, [], 'pkey');
  const target = `ALTER TABLE ${catalog.quoted(table)}`;
  return statementFix({
    title: `Make ${column} the primary key of ${catalog.label(table)}`,
    sql: [
      `CREATE UNIQUE INDEX CONCURRENTLY ${quoteIdentifier(name)} ON ${catalog.quoted(table)} (${quoteIdentifier(column)})`,
      `${target} ADD CONSTRAINT ${quoteIdentifier(name)} PRIMARY KEY USING INDEX ${quoteIdentifier(name)}`,
    ],
    undo: [`${target} DROP CONSTRAINT ${quoteIdentifier(name)}`],
    risk: 'R3',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: `Reads and writes go on while the index is built. ${BRIEF_EXCLUSIVE(catalog.label(table))}`,
    inTransaction: false,
    notes: [
      `${column} is filled by a sequence; the build fails where two rows have the same value and leaves an invalid index to drop.`,
    ],
  });
}
