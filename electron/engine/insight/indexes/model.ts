import { setImmediate } from 'node:timers/promises';
import type { IndexFact } from '#shared/model/facts.ts';
import { INDEX_FLAG, type IndexRow } from '#shared/model/indexes.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { isKeyIndex, isNeverScanned } from '#engine/audit/audit-facts.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { describeIndexColumns } from '#engine/audit/definitions.ts';
import { type RedundancyPlan, lastingKeep } from '#engine/audit/index-redundancy.ts';
import { prepareRemovalRules } from '#engine/audit/index-removal.ts';
import { isBeingChanged, leftoverOf } from '#engine/audit/index-state.ts';
import { mapRows } from '#engine/collect/yielding.ts';
import { EngineError } from '#engine/errors.ts';
import { oncePer } from '../grid.ts';
import { type Removals, removalsOf } from './removal.ts';

/** A row without what only stored samples know. */
export type PlainRow = Omit<IndexRow, 'scansPerDay'>;

export interface IndexModel {
  readonly catalog: Catalog;
  readonly indexes: readonly IndexFact[];
  /** One per index, in the same order. */
  readonly rows: readonly PlainRow[];
  readonly plan: RedundancyPlan;
  readonly removals: Removals;
}

/** Made once per reading, in slices of a few milliseconds: 50,000 indexes must not hold up the window. */
export const indexModel = oncePer(async (snapshot: Snapshot): Promise<IndexModel> => {
  const { indexes = [], constraints = [] } = snapshot.facts;
  const catalog = new Catalog(snapshot.facts);
  // Each look-up is built when first asked for: one at a time, so that they do not add up to one long step.
  for (const lookUp of [
    () => catalog.indexesOf(0),
    () => catalog.columnNames(0),
    () => catalog.constraintsOf(0),
  ]) {
    lookUp();
    await setImmediate();
  }
  const { plan } = await prepareRemovalRules({ indexes, constraints }, catalog);
  const removals = removalsOf(snapshot, catalog);
  const rows = await mapRows(indexes, (index) => rowOf(index, snapshot, { catalog, plan, removals }));
  return { catalog, indexes, rows, plan, removals };
});

/** Throws NOT_FOUND where the index was not there when the facts were read. */
export function indexNamed(model: IndexModel, oid: number): { index: IndexFact; row: PlainRow } {
  const index = model.catalog.index(oid);
  const row = model.rows.find((candidate) => candidate.oid === oid);
  if (!index || !row) throw new EngineError('NOT_FOUND', 'This index is gone.', 'Read the page again.');
  return { index, row };
}

type Parts = Pick<IndexModel, 'catalog' | 'plan' | 'removals'>;

function rowOf(index: IndexFact, snapshot: Snapshot, { catalog, plan, removals }: Parts): PlainRow {
  const table = catalog.table(index.tableOid);
  const tableWrites = table ? table.inserted + table.updated + table.deleted : 0;
  const redundancy = plan.dropped.get(index.oid);
  const flags = flagsOf(index, snapshot, plan);
  return {
    oid: index.oid,
    schema: index.schema,
    table: table?.name ?? '',
    name: index.name,
    accessMethod: index.accessMethod,
    columns: describeIndexColumns(index, catalog),
    sizeBytes: index.sizeBytes,
    scans: index.scans,
    lastScanAt: index.lastScanAt,
    tableWrites,
    scansPerWrite: tableWrites > 0 && !index.isPartitioned ? index.scans / tableWrites : null,
    coveredBy: redundancy ? lastingKeep(plan, redundancy).name : null,
    keepReason: removals.keepReason(index),
    flags,
    attention: attentionOf(flags),
  };
}

function flagsOf(index: IndexFact, { facts }: Snapshot, plan: RedundancyPlan): number {
  const never = isNeverScanned(index);
  const redundancy = plan.dropped.get(index.oid);
  const isDuplicate = redundancy !== undefined && plan.duplicateOids.has(index.oid);
  const isChanging = !index.isValid && isBeingChanged(index, facts.progress ?? [], facts.activity ?? []);
  const leftover = index.isValid || isChanging ? null : leftoverOf(index);
  const set = (on: boolean, flag: number): number => (on ? flag : 0);
  return (
    set(index.isPrimary, INDEX_FLAG.primary) |
    set(index.isUnique, INDEX_FLAG.unique) |
    set(index.isExclusion, INDEX_FLAG.exclusion) |
    set(!index.isValid, INDEX_FLAG.invalid) |
    set(index.predicate !== null, INDEX_FLAG.partial) |
    set(never, INDEX_FLAG.neverScanned) |
    set(never && !isKeyIndex(index), INDEX_FLAG.removable) |
    set(isDuplicate, INDEX_FLAG.duplicate) |
    set(redundancy !== undefined && !isDuplicate, INDEX_FLAG.covered) |
    set(index.constraintOid !== null, INDEX_FLAG.constraint) |
    set(index.isPartitioned, INDEX_FLAG.partitioned) |
    set(index.isReferencedByForeignKey, INDEX_FLAG.supportsForeignKey) |
    set(leftover === 'failed copy', INDEX_FLAG.failedCopy) |
    set(leftover === 'old copy', INDEX_FLAG.oldCopy) |
    set(isChanging, INDEX_FLAG.changing)
  );
}

/** What a person should look at first, highest. */
const ATTENTION: readonly number[] = [
  INDEX_FLAG.failedCopy | INDEX_FLAG.oldCopy,
  INDEX_FLAG.invalid,
  INDEX_FLAG.duplicate,
  INDEX_FLAG.covered,
  INDEX_FLAG.removable,
  INDEX_FLAG.neverScanned,
  INDEX_FLAG.partial | INDEX_FLAG.partitioned,
  INDEX_FLAG.primary | INDEX_FLAG.unique | INDEX_FLAG.exclusion,
];

function attentionOf(flags: number): number {
  const at = ATTENTION.findIndex((mask) => (flags & mask) !== 0);
  return at === -1 ? 0 : ATTENTION.length - at;
}
