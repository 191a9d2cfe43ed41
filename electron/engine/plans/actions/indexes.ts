import type { IndexFact, TableFact } from '#shared/model/facts.ts';
import type { Acceptance, LeftOut } from '#shared/model/plan.ts';
import { isKeyIndex, isNeverScanned } from '#engine/audit/audit-facts.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { createIndex, reindexConcurrently, statementFix, ONLINE } from '#engine/audit/fixes.ts';
import { removeIndex } from '#engine/audit/index-fixes.ts';
import { supportsForeignKey } from '#engine/audit/index-keys.ts';
import { IndexNames } from '#engine/audit/index-names.ts';
import { indexTotals } from '#engine/audit/index-roles.ts';
import { indexModel } from '#engine/insight/indexes/model.ts';
import { quoteIdentifier, quoteLiteral } from '#engine/postgres/quote.ts';
import type { ActionDraft, MeasureSpec } from '../plan.ts';
import { type ActionBuilder, type Built, missing, refused, titleOf } from './action.ts';

const NEEDS = ['tables', 'indexes', 'columns', 'constraints'] as const;

export const dropIndexes: ActionBuilder<'drop-index'> = {
  needs: NEEDS,
  build: ({ indexes }, { catalog }) => {
    const chosen = indexes.map((oid) => catalog.index(oid) ?? raise(missing('This index')));
    return removal(chosen, catalog);
  },
};

/** What the Indexes page proposes as a whole. Needs what the check unused-index needs. */
export const removeIndexes: ActionBuilder<'remove-indexes'> = {
  needs: [...NEEDS, 'replicationClients', 'replicationSlots', 'progress', 'activity'],
  build: async ({ scope }, { snapshot, catalog }) => {
    const model = await indexModel(snapshot);
    const candidates = model.indexes.filter(
      (index) => !index.isPartitioned && !isKeyIndex(index) && isNeverScanned(index),
    );
    const leftOut: LeftOut[] = [];
    const chosen = candidates.filter((index) => {
      if (scope === 'never scanned') return true;
      const reason =
        model.removals.keepReason(index) ??
        (scope === 'proven' ? model.removals.unprovenReason(index) : null);
      if (reason !== null) leftOut.push({ name: index.name, reason });
      return reason === null;
    });
    if (chosen.length === 0)
      throw refused('There is no index to remove here.', 'The Indexes page says for each why it stays.');
    const built = removal(chosen, catalog);
    return { ...built, leftOut: [...(built.leftOut ?? []), ...leftOut] };
  },
};

export const reindex: ActionBuilder<'reindex'> = {
  needs: NEEDS,
  build: ({ indexes }, { catalog }): Built => {
    const chosen = indexes.map((oid) => catalog.index(oid) ?? raise(missing('This index')));
    return {
      title: titleOf(
        'Rebuild',
        chosen.map(({ name }) => name),
        'indexes',
      ),
      verb: chosen.length === 1 ? 'Rebuild index' : 'Rebuild indexes',
      drafts: chosen.map((index): ActionDraft => {
        if (index.isExclusion)
          throw refused(
            `${index.name} serves an exclusion constraint, which cannot be rebuilt while it is in use.`,
            'Rebuild it with REINDEX INDEX in a maintenance window: writes wait meanwhile.',
          );
        return {
          fix: reindexConcurrently(index, catalog),
          object: catalog.indexRef(index),
          measures: [indexSize(index)],
          estimateMs: index.sizeBytes / BYTES_PER_MS,
        };
      }),
    };
  },
};

export const reindexTable: ActionBuilder<'reindex-table'> = {
  needs: NEEDS,
  build: ({ table: oid }, { catalog }): Built => {
    const table = catalog.table(oid) ?? raise(missing('This table'));
    const sizeBytes = catalog.indexesOf(oid).reduce((sum, index) => sum + index.sizeBytes, 0);
    return {
      title: `Rebuild the indexes of ${catalog.label(table)}`,
      verb: 'Rebuild indexes',
      drafts: [
        {
          fix: statementFix({
            title: `Rebuild the indexes of ${catalog.label(table)}`,
            sql: [`REINDEX TABLE CONCURRENTLY ${catalog.quoted(table)}`],
            undo: [],
            risk: 'R2',
            lock: 'SHARE UPDATE EXCLUSIVE',
            lockInWords: `${ONLINE(catalog.label(table))} It needs room for a second copy of each index in turn.`,
            inTransaction: false,
            notes: ['Nothing to undo: the definitions stay the same.'],
          }),
          object: catalog.tableRef(table),
          measures: [allIndexesSize(table)],
          estimateMs: sizeBytes / BYTES_PER_MS,
        },
      ],
    };
  },
};

export const createIndexes: ActionBuilder<'create-index'> = {
  needs: NEEDS,
  build: (request, { catalog, snapshot }): Built => {
    const table = catalog.table(request.table) ?? raise(missing('This table'));
    if (table.kind === 'p')
      throw refused(
        `${table.name} is partitioned: an index on it cannot be created CONCURRENTLY.`,
        'Create it on each partition first, then on the table with ON ONLY, and attach them.',
      );
    const known = new Set(catalog.columnNames(table.oid));
    for (const name of [...request.columns.map((column) => column.name), ...request.include])
      if (!known.has(name)) throw missing(`The column ${name}`);
    const names = new IndexNames(snapshot.facts);
    const columns = request.columns
      .map(({ name, isDescending }) => quoteIdentifier(name) + (isDescending ? ' DESC' : ''))
      .join(', ');
    const include = request.include.map(quoteIdentifier).join(', ');
    const name = names.free(
      table.schema,
      table.name,
      request.columns.map((column) => column.name),
      request.isUnique ? 'key' : 'idx',
    );
    const fix = createIndex(table, name, columns, catalog, { unique: request.isUnique });
    const [sql = ''] = fix.sql;
    return {
      title: fix.title,
      verb: 'Create index',
      drafts: [
        {
          fix: { ...fix, sql: [include ? `${sql} INCLUDE (${include})` : sql] },
          object: { kind: 'index', oid: 0, schema: table.schema, name, table: table.name },
          isNew: true,
          guards: [catalog.tableRef(table)],
          estimateMs: table.sizeBytes / BYTES_PER_MS,
        },
      ],
    };
  },
};

/** A rough pace of building, for estimates. */
const BYTES_PER_MS = 50_000;

/** Throws where there is one and it must stay; of several, those that must are left out. */
function removal(chosen: readonly IndexFact[], catalog: Catalog): Built {
  const leftOut = chosen.flatMap((index): LeftOut[] => {
    const reason = keptFor(index);
    return reason === null ? [] : [{ name: index.name, reason }];
  });
  const kept = new Set(leftOut.map(({ name }) => name));
  const drops = chosen.filter(({ name }) => !kept.has(name));
  if (drops.length === 0) {
    const [first] = leftOut;
    throw refused(
      `${first?.name ?? 'The index'} stays: ${first?.reason ?? ''}.`,
      'Remove what relies on it first, if that is what you want.',
    );
  }
  const gone = new Set(drops.map(({ oid }) => oid));
  return {
    title: titleOf(
      'Drop',
      drops.map(({ name }) => name),
      'indexes',
    ),
    verb: drops.length === 1 ? 'Drop index' : 'Drop indexes',
    leftOut,
    drafts: drops.map((index) => dropDraft(index, catalog, gone)),
  };
}

export function dropDraft(index: IndexFact, catalog: Catalog, gone: ReadonlySet<number>): ActionDraft {
  const mustAccept = lastSupport(index, catalog, gone);
  return {
    fix: removeIndex(index, catalog),
    object: catalog.indexRef(index),
    freedBytes: indexTotals(index, catalog).sizeBytes,
    measures: [indexSize(index)],
    ...(mustAccept ? { mustAccept: [mustAccept] } : {}),
    estimateMs: 50,
  };
}

/** Why dropping it would break something, in whatever way it was asked for (reliability.md F73); null = it may go. */
function keptFor(index: IndexFact): string | null {
  if (index.constraintOid !== null)
    return `it enforces ${index.isPrimary ? 'the primary key' : 'a constraint'} of its table`;
  if (index.isReferencedByForeignKey) return 'foreign keys of other tables rely on it';
  if (index.isReplicaIdentity) return 'it is the replica identity of its table: logical replication needs it';
  if (index.isExtensionOwned) return 'it belongs to an extension';
  if (index.parentIndexOid !== null) return 'it is part of an index of the partitioned table';
  return null;
}

/** Deletes on the parent then read the whole table: nobody should find out by accident. */
function lastSupport(index: IndexFact, catalog: Catalog, gone: ReadonlySet<number>): Acceptance | null {
  const table = catalog.table(index.tableOid);
  const left = catalog
    .constraintsOf(index.tableOid)
    .filter(
      (key) =>
        key.type === 'f' &&
        supportsForeignKey(index, key, catalog) &&
        !catalog
          .indexesOf(index.tableOid)
          .some(
            (other) => other !== index && !gone.has(other.oid) && supportsForeignKey(other, key, catalog),
          ),
    );
  const [key] = left;
  if (!key || !table) return null;
  const parent = catalog.table(key.referencedTableOid);
  return {
    id: `last support of ${key.name}`,
    text: `${index.name} is the only index behind the foreign key ${key.name}: without it each delete in ${parent ? catalog.label(parent) : 'the parent'} reads all of ${catalog.label(table)}.`,
  };
}

function indexSize(index: IndexFact): MeasureSpec {
  return {
    label: `Size of ${index.name}`,
    unit: 'bytes',
    // By oid, and 0 where it is gone: REINDEX gives it another file, DROP none.
    sql: `SELECT coalesce((SELECT pg_catalog.pg_relation_size(c.oid) FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ${quoteLiteral(index.schema)} AND c.relname = ${quoteLiteral(index.name)}), 0)`,
    isFreed: true,
  };
}

function allIndexesSize(table: TableFact): MeasureSpec {
  return {
    label: `Indexes of ${table.name}`,
    unit: 'bytes',
    sql: `SELECT pg_catalog.pg_indexes_size(${table.oid}::pg_catalog.oid::pg_catalog.regclass)`,
    isFreed: true,
  };
}

function raise(error: Error): never {
  throw error;
}
