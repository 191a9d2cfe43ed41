import type { IndexFact, TableFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { describeIndexColumns } from '#engine/audit/definitions.ts';
import { dropIndex, reindexConcurrently, statementFix } from '#engine/audit/fixes.ts';
import { canonicalDirections, indexKey } from '#engine/audit/index-keys.ts';
import { isBeingChanged, leftoverOf } from '#engine/audit/index-state.ts';

export const invalidIndex = defineCheck({
  id: 'invalid-index',
  title: 'Index is invalid',
  category: 'performance',
  topic: 'indexes',
  severity: 'high',
  why: 'An invalid index answers no query, but every write still maintains it once it is ready. An invalid unique index does not even prove that its values are unique. CREATE INDEX IF NOT EXISTS accepts it silently.',
  rule: 'Every index that is not valid, unless it is being built or dropped now, or is a partitioned index that still waits for partitions to be attached. High where it was meant to be unique and no valid index does the same; else medium.',
  remedy:
    'Drop what a failed REINDEX CONCURRENTLY left behind (names ending in _ccnew or _ccold) or what a valid index does already; rebuild the others concurrently.',
  docs: 'https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
  needs: ['indexes', 'tables'],
  wants: ['progress', 'activity', 'columns'],
  thresholds: {},
  evaluate({ indexes, progress, activity }, { catalog, statisticsWindow }) {
    return indexes.flatMap((index): Draft[] => {
      if (index.isValid || index.isPartitioned) return [];
      if (isBeingChanged(index, progress ?? [], activity ?? [])) return [];
      const table = catalog.table(index.tableOid);
      if (!table) return [];
      const twin = validTwin(index, catalog);
      const leftover = leftoverOf(index);
      const matters = (index.isUnique || index.isReplicaIdentity) && !twin && leftover === null;
      const isHidden = (progress ?? []).some((p) => p.command === 'create-index' && p.relationOid === null);
      const writes = table.inserted + table.updated + table.deleted;
      return [
        {
          severity: matters ? 'high' : 'medium',
          confidence: isHidden ? 'review' : 'certain',
          confidenceReason: isHidden
            ? 'An index build is running, and this role may not see on which table.'
            : 'Read from the catalog; no build or drop of it is running.',
          object: catalog.indexRef(index),
          message: `${catalog.label(index)} on ${catalog.label(table)} is invalid: no query uses it${
            index.isUnique ? ', and it does not prove that its values are unique' : ''
          }${index.isReady ? ', yet every write maintains it' : ''}.`,
          evidence: {
            columns: describeIndexColumns(index, catalog),
            unique: index.isUnique,
            maintainedByWrites: index.isReady,
            sizeBytes: index.sizeBytes,
            tableWrites: writes,
            leftover: leftover ?? 'none',
            validTwin: twin?.name ?? null,
          },
          window: statisticsWindow,
          gain: {
            bytes: index.sizeBytes,
            text: index.isReady ? 'Writes become cheaper' : 'Space comes back',
          },
          fix: fixFor(index, table, twin, leftover, catalog),
        },
      ];
    });
  },
});

function validTwin(index: IndexFact, catalog: Catalog): IndexFact | undefined {
  const wanted = identity(index);
  if (wanted === null) return undefined;
  return catalog.indexesOf(index.tableOid).find((other) => other.isValid && identity(other) === wanted);
}

function identity(index: IndexFact): string | null {
  const key = indexKey(index);
  if (!key) return null;
  const rule = `${index.isUnique} ${index.nullsNotDistinct} ${index.isImmediate}`;
  return [key.group, rule, ...key.parts, '|', ...key.included, canonicalDirections(key.directions)].join(
    '\u0000',
  );
}

function fixFor(
  index: IndexFact,
  table: TableFact,
  twin: IndexFact | undefined,
  leftover: string | null,
  catalog: Catalog,
): Fix {
  const isLoose = index.constraintOid === null && index.parentIndexOid === null && !index.isReplicaIdentity;
  if (isLoose && leftover !== null) {
    return dropIndex(index, catalog, [
      leftover === 'failed copy'
        ? 'This is the copy of a REINDEX CONCURRENTLY that failed: drop it, then run that REINDEX again.'
        : 'This is the old copy that a REINDEX CONCURRENTLY could not drop: the new index is in place.',
    ]);
  }
  if (isLoose && twin) {
    return dropIndex(index, catalog, [`${twin.name} is valid and has the same definition.`]);
  }
  const notes = [
    ...(index.isUnique
      ? ['Look for duplicate values first: the rebuild fails on them and leaves another invalid copy.']
      : []),
    'An interrupted DROP INDEX CONCURRENTLY also leaves an index invalid: if it was meant to go, drop it instead.',
  ];
  if (!index.isExclusion) return reindexConcurrently(index, catalog, notes);
  return statementFix({
    title: `Rebuild the index ${index.name}`,
    sql: [`REINDEX INDEX ${catalog.quoted(index)}`],
    undo: [],
    risk: 'R3',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: `Writes to ${catalog.label(table)} wait until the rebuild is done, and so do reads that would use this index.`,
    notes: [
      'PostgreSQL refuses REINDEX CONCURRENTLY for exclusion constraints.',
      'Nothing to undo: the definition stays the same.',
    ],
  });
}
