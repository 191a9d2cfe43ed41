import type { IndexFact, PublicationFact, TableFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { setReplicaIdentity } from '#engine/audit/constraint-fixes.ts';
import { leavesOf } from '#engine/audit/table-totals.ts';
import { notNullRowKeys } from '#engine/audit/unique-keys.ts';

const IDENTITY_WORDS = { d: 'DEFAULT', n: 'NOTHING', f: 'FULL', i: 'USING INDEX' } as const;

export const replicaIdentityMissing = defineCheck({
  id: 'replica-identity-missing',
  title: 'Published table cannot send updates and deletes',
  category: 'reliability',
  topic: 'replication',
  severity: 'high',
  why: 'A subscriber finds the row to change by its replica identity. Where a published table has none, PostgreSQL refuses every UPDATE and DELETE on it: the application fails, not only the replication.',
  rule: 'High for each table that is published for UPDATE or DELETE and whose replica identity is NOTHING, DEFAULT without a primary key, or an index that is gone. Partitions count each by themselves.',
  remedy:
    'Point the replica identity at a unique index without NULLs. FULL works without one but sends and searches whole rows.',
  docs: 'https://www.postgresql.org/docs/current/logical-replication-publication.html',
  needs: ['publications', 'tables', 'indexes', 'constraints', 'columns'],
  thresholds: {},
  evaluate({ publications }, { catalog }) {
    return [...publishedTables(publications, catalog)].flatMap(([table, names]): Draft[] => {
      if (table.kind !== 'r' || table.persistence !== 'p' || hasIdentity(table, catalog)) return [];
      const [key] = notNullRowKeys(table.oid, catalog);
      const identity = IDENTITY_WORDS[table.replicaIdentity];
      return [
        {
          severity: 'high',
          confidence: 'certain',
          confidenceReason: 'Read from the catalog.',
          object: catalog.tableRef(table),
          message: `${catalog.label(table)} is published by ${names.join(', ')} but has no replica identity: UPDATE or DELETE on it fails.`,
          evidence: {
            publications: names,
            replicaIdentity: identity,
            hasPrimaryKey: hasPrimaryKey(table, catalog),
            candidateIndex: key?.name ?? null,
            tableUpdates: table.updated,
            tableDeletes: table.deleted,
          },
          gain: { text: 'Updates and deletes work and reach the subscribers' },
          fix: fixFor(table, key, catalog),
        },
      ];
    });
  },
});

/** Each table that holds rows, with the publications that send its updates or deletes. */
function publishedTables(
  publications: readonly PublicationFact[],
  catalog: Catalog,
): Map<TableFact, string[]> {
  const byTable = new Map<TableFact, string[]>();
  for (const publication of publications) {
    if (!publication.publishesUpdates && !publication.publishesDeletes) continue;
    const leaves = publication.tableOids.flatMap((oid) => {
      const table = catalog.table(oid);
      return table ? leavesOf(table, catalog) : [];
    });
    for (const table of new Set(leaves)) {
      byTable.set(table, [...(byTable.get(table) ?? []), publication.name]);
    }
  }
  return byTable;
}

function hasIdentity(table: TableFact, catalog: Catalog): boolean {
  if (table.replicaIdentity === 'f') return true;
  if (table.replicaIdentity === 'd') return hasPrimaryKey(table, catalog);
  if (table.replicaIdentity === 'n') return false;
  // The catalog keeps saying "index" after that index was dropped.
  return catalog.indexesOf(table.oid).some((i) => i.isReplicaIdentity && i.isValid);
}

function hasPrimaryKey(table: TableFact, catalog: Catalog): boolean {
  return catalog.constraintsOf(table.oid).some((c) => c.type === 'p');
}

function fixFor(table: TableFact, key: IndexFact | undefined, catalog: Catalog): Fix {
  const hasKey = hasPrimaryKey(table, catalog);
  // The index of an identity that is gone cannot be named again; these two amount to the same nothing.
  const before = table.replicaIdentity === 'n' || hasKey ? 'NOTHING' : 'DEFAULT';
  if (hasKey) return setReplicaIdentity(table, 'DEFAULT', before, catalog);
  if (key) return setReplicaIdentity(table, `USING INDEX ${quoteIdentifier(key.name)}`, before, catalog);
  return setReplicaIdentity(table, 'FULL', before, catalog, [
    'FULL is the last resort: the whole old row goes to the write-ahead log, and subscribers may read their whole table per row.',
    'Better: add a primary key or a unique index on NOT NULL columns and use that.',
  ]);
}
