import type { ConstraintFact, TableFact } from '#shared/model/facts.ts';
import type { Confidence, Severity } from '#shared/model/finding.ts';
import { formatCountOf } from '#shared/model/format.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft, Unknown } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { ACTION_WORDS, describeIndexColumns } from '#engine/audit/definitions.ts';
import { createForeignKeyIndex } from '#engine/audit/foreign-key-index.ts';
import { supportsForeignKey, wouldSupportForeignKey } from '#engine/audit/index-keys.ts';
import { IndexNames } from '#engine/audit/index-names.ts';
import { type Observation, observe } from '#engine/audit/observation.ts';
import { type TableTotals, tableTotals } from '#engine/audit/table-totals.ts';

export const fkMissingIndex = defineCheck({
  id: 'fk-missing-index',
  title: 'Foreign key has no supporting index',
  category: 'performance',
  topic: 'foreign keys',
  severity: 'high',
  why: 'PostgreSQL indexes the referenced side of a foreign key, not the referencing one. Without that index every delete or key change in the parent reads the whole child table, and holds its locks for as long.',
  rule: 'A foreign key whose columns are not exactly the first columns, in any order, of a valid btree index (GiST for temporal keys) that leaves out nothing but NULLs. High where the child has 100,000 rows or more and the parent sees deletes; medium from 10,000 rows, unless the parent is only ever appended to; else info.',
  remedy: 'Create an index on the foreign key columns, concurrently.',
  docs: 'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK',
  needs: ['constraints', 'indexes', 'tables', 'columns'],
  wants: ['progress'],
  thresholds: { highChildRows: 100_000, mediumChildRows: 10_000, appendOnlyAfterDays: 7 },
  evaluate(facts, context) {
    const { catalog, limit } = context;
    const watched = observe(facts.server, context);
    const names = new IndexNames(facts);
    const unknown: Unknown[] = [];
    const findings: Draft[] = [];
    for (const keys of groupByColumns(facts.constraints)) {
      const [key] = keys.sort(
        (a, b) => parentDeletes(b, catalog) - parentDeletes(a, catalog) || a.oid - b.oid,
      );
      const table = catalog.table(key?.tableOid ?? null);
      const parent = catalog.table(key?.referencedTableOid ?? null);
      if (!key || !table || !parent) continue;
      const bare = unsupportedLeaves(key, table, catalog);
      if (bare.length === 0) continue;
      if (bare.some((leaf) => catalog.indexesOf(leaf.oid).some((i) => i.isOpaque))) {
        unknown.push({
          reason: `Whether ${key.name} on ${catalog.label(table)} has an index is unknown: its table was locked while facts were read.`,
          grant: null,
        });
        continue;
      }
      const unfinished = catalog
        .indexesOf(table.oid)
        .find((i) => !supportsForeignKey(i, key, catalog) && wouldSupportForeignKey(i, key, catalog));
      if (unfinished && catalog.progressOn(table.oid)?.command === 'create-index') continue;
      const child = tableTotals(table, catalog);
      const above = tableTotals(parent, catalog);
      const verdict = judge(child, above, watched, limit);
      const columns = key.columns.map((n) => catalog.column(table.oid, n)?.name ?? '');
      findings.push({
        ...verdict,
        object: catalog.constraintRef(key),
        message: `${catalog.label(table)} (${columns.join(', ')}) references ${catalog.label(parent)} without an index: it has ${rowsInWords(child.rows)}, and the parent has seen ${formatCountOf(above.deleted, 'delete')}.`,
        evidence: {
          columns,
          parent: catalog.label(parent),
          constraints: keys.map((k) => k.name),
          onDelete: ACTION_WORDS[key.onDelete ?? 'a'],
          childRows: child.rows,
          childBytes: child.sizeBytes,
          childSeqScans: child.seqScans,
          parentDeletes: above.deleted,
          parentUpdates: above.updated,
          nearestIndex: nearest(key, table, catalog),
          ...(table.kind === 'p'
            ? { partitions: child.leaves.length, partitionsWithoutIndex: bare.length }
            : {}),
        },
        window: watched.window,
        gain: { text: 'Deletes and key changes in the parent find their rows at once' },
        fix: createForeignKeyIndex({ key, table, bare, columns, unfinished, names, catalog }),
      });
    }
    return { findings, unknown };
  },
});

/** Two keys on the same columns need one index; copies on partitions belong to their root. */
function groupByColumns(constraints: readonly ConstraintFact[]): ConstraintFact[][] {
  const groups = new Map<string, ConstraintFact[]>();
  for (const key of constraints) {
    // Not enforced (18+): nothing is ever looked up.
    if (key.type !== 'f' || key.parentOid !== null || !key.isEnforced || key.isExtensionOwned) continue;
    const name = `${key.tableOid} ${key.hasPeriod} ${key.columns.toSorted((a, b) => a - b).join(',')}`;
    const group = groups.get(name);
    if (group) group.push(key);
    else groups.set(name, [key]);
  }
  return [...groups.values()];
}

/** The tables that hold referencing rows and have no index for the key. */
function unsupportedLeaves(key: ConstraintFact, table: TableFact, catalog: Catalog): TableFact[] {
  if (catalog.indexesOf(table.oid).some((i) => supportsForeignKey(i, key, catalog))) return [];
  if (table.kind !== 'p') return [table];
  return catalog.partitionsOf(table.oid).flatMap((partition) => {
    // Column numbers may differ between partitions, so each is asked by its own copy of the key.
    const own = catalog.constraintsOf(partition.oid).find((c) => c.type === 'f' && c.parentOid === key.oid);
    return own ? unsupportedLeaves(own, partition, catalog) : [];
  });
}

function judge(
  child: TableTotals,
  parent: TableTotals,
  watched: Observation,
  limit: (name: string) => number,
): { severity: Severity; confidence: Confidence; confidenceReason: string } {
  const isWatched = (watched.days ?? 0) >= limit('appendOnlyAfterDays');
  if (child.rows === null) {
    return {
      severity: 'medium',
      confidence: 'review',
      confidenceReason: 'The index is missing; how many rows the child has is unknown until it is analysed.',
    };
  }
  if (child.rows < limit('mediumChildRows')) {
    return {
      severity: 'info',
      confidence: 'certain',
      confidenceReason: 'The index is missing; the child is small enough to be read quickly.',
    };
  }
  if (parent.deleted > 0) {
    return {
      severity: child.rows >= limit('highChildRows') ? 'high' : 'medium',
      confidence: 'certain',
      confidenceReason: 'The index is missing and the parent sees deletes.',
    };
  }
  if (parent.updated === 0 && isWatched) {
    return {
      severity: 'info',
      confidence: 'likely',
      confidenceReason:
        'The index is missing, but no row of the parent was changed or deleted in this window.',
    };
  }
  return {
    severity: 'medium',
    confidence: 'likely',
    confidenceReason: isWatched
      ? 'The index is missing; whether updates of the parent change its key is not counted.'
      : 'The index is missing; the counters are too young to tell whether the parent sees deletes.',
  };
}

/** The index that people will point at: why it does not count is visible from its text. */
function nearest(key: ConstraintFact, table: TableFact, catalog: Catalog): string | null {
  const candidates = catalog
    .indexesOf(table.oid)
    .filter((i) => i.columns.some((n) => key.columns.includes(n)));
  const best = candidates.sort(
    (a, b) =>
      Number(key.columns.includes(b.columns[0] ?? 0)) - Number(key.columns.includes(a.columns[0] ?? 0)),
  )[0];
  return best ? `${best.name}: ${best.accessMethod} (${describeIndexColumns(best, catalog)})` : null;
}

function rowsInWords(rows: number | null): string {
  return rows === null ? 'an unknown number of rows' : formatCountOf(rows, 'row');
}

function parentDeletes(key: ConstraintFact, catalog: Catalog): number {
  const parent = catalog.table(key.referencedTableOid);
  return parent ? tableTotals(parent, catalog).deleted : 0;
}
