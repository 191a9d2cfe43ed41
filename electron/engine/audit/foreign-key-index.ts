import type { ConstraintFact, IndexFact, TableFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Catalog } from './catalog.ts';
import { ONLINE, createIndex, guidedFix, reindexConcurrently, statementFix } from './fixes.ts';
import type { IndexNames } from './index-names.ts';

export interface ForeignKeyIndexRequest {
  readonly key: ConstraintFact;
  readonly table: TableFact;
  /** The tables with rows that lack the index; `table` itself unless it is partitioned. */
  readonly bare: readonly TableFact[];
  readonly columns: readonly string[];
  /** An invalid index that would do. */
  readonly unfinished: IndexFact | undefined;
  readonly names: IndexNames;
  readonly catalog: Catalog;
}

/** The index a foreign key lacks, built without stopping writes; for partitioned tables partition by partition. */
export function createForeignKeyIndex(request: ForeignKeyIndexRequest): Fix {
  const { key, table, bare, columns, unfinished, names, catalog } = request;
  const list = columns.map(quoteIdentifier).join(', ');
  if (key.hasPeriod) {
    return guidedFix(`Create a GiST index for ${key.name}`, [
      `A temporal foreign key needs a GiST index on (${columns.join(', ')}) of ${catalog.label(table)}; plain columns in it need the extension btree_gist.`,
    ]);
  }
  if (unfinished && table.kind !== 'p') {
    return reindexConcurrently(unfinished, catalog, [
      `${unfinished.name} has the right columns but is invalid; a rebuild makes it count.`,
    ]);
  }
  const onlyTable = bare[0];
  if (table.kind !== 'p' && onlyTable) {
    const name = names.free(table.schema, table.name, columns);
    return createIndex(table, name, list, catalog);
  }
  const leaves = catalog.partitionsOf(table.oid);
  const isEvenTree = leaves.every((leaf) => leaf.kind === 'r');
  return isEvenTree && bare.length === leaves.length
    ? indexTree(request, list)
    : indexLeaves(request, list, isEvenTree);
}

/** Parent alone, leaves concurrently, then attached: the parent becomes valid with the last one. */
function indexTree({ table, bare, columns, names, catalog }: ForeignKeyIndexRequest, list: string): Fix {
  const parentName = names.free(table.schema, table.name, columns);
  const parent = catalog.quoted({ schema: table.schema, name: parentName });
  const made = bare.map((leaf) => ({ leaf, name: names.free(leaf.schema, leaf.name, columns) }));
  return statementFix({
    title: `Create an index on ${catalog.label(table)} and its ${bare.length} partitions`,
    sql: [
      ...made.map(({ leaf, name }) => createLeaf(leaf, name, list, catalog)),
      `CREATE INDEX ${quoteIdentifier(parentName)} ON ONLY ${catalog.quoted(table)} (${list})`,
      ...made.map(
        ({ leaf, name }) =>
          `ALTER INDEX ${parent} ATTACH PARTITION ${catalog.quoted({ schema: leaf.schema, name })}`,
      ),
    ],
    undo: [`DROP INDEX ${parent}`],
    risk: 'R2',
    lock: 'SHARE UPDATE EXCLUSIVE',
    lockInWords: `${ONLINE(`the partitions of ${catalog.label(table)}`)} Adding the parent index and attaching take a moment each.`,
    inTransaction: false,
    notes: [
      'A partitioned index cannot be built CONCURRENTLY in one statement, so each partition is built first.',
    ],
  });
}

function indexLeaves(
  { table, bare, columns, names, catalog }: ForeignKeyIndexRequest,
  list: string,
  isEvenTree: boolean,
): Fix {
  const made = bare.map((leaf) => ({ leaf, name: names.free(leaf.schema, leaf.name, columns) }));
  return statementFix({
    title: `Create an index on ${bare.length} partitions of ${catalog.label(table)}`,
    sql: made.map(({ leaf, name }) => createLeaf(leaf, name, list, catalog)),
    undo: made.map(
      ({ leaf, name }) => `DROP INDEX CONCURRENTLY ${catalog.quoted({ schema: leaf.schema, name })}`,
    ),
    risk: 'R2',
    lock: 'SHARE UPDATE EXCLUSIVE',
    lockInWords: ONLINE(`the partitions of ${catalog.label(table)}`),
    inTransaction: false,
    notes: [
      isEvenTree
        ? 'The other partitions have their own index already; new partitions get none unless the parent has it.'
        : 'The partitions are partitioned themselves: this indexes the leaves; new partitions get none unless the parent has it.',
    ],
  });
}

function createLeaf(leaf: TableFact, name: string, list: string, catalog: Catalog): string {
  return `CREATE INDEX CONCURRENTLY ${quoteIdentifier(name)} ON ${catalog.quoted(leaf)} (${list})`;
}
