import { INDEX_FLAG, type IndexDetail, type IndexRow } from '#shared/model/indexes.ts';
import type { Finding } from '#shared/model/finding.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { invalidIndex } from '#engine/audit/checks/invalid-index.ts';
import { indexDefinition } from '#engine/audit/definitions.ts';
import { judgeNow } from '#engine/audit/run.ts';
import { oncePer } from '../grid.ts';
import { type IndexModel, indexNamed } from './model.ts';

/** Throws NOT_FOUND where the index was not there when the facts were read. */
export function indexDetail(
  snapshot: Snapshot,
  model: IndexModel,
  {
    oid,
    scansPerDay,
    perDayFrom,
  }: { oid: number } & Pick<IndexRow, 'scansPerDay'> & Pick<IndexDetail, 'perDayFrom'>,
): IndexDetail {
  const { catalog, removals } = model;
  const { index, row } = indexNamed(model, oid);
  const constraint = catalog.constraintsOf(index.tableOid).find((c) => c.oid === index.constraintOid);
  const broken = index.isValid ? undefined : invalidFindings(snapshot).get(oid);
  return {
    row: { ...row, scansPerDay },
    perDayFrom,
    definition: indexDefinition(index, catalog) ?? 'The definition could not be read: its table was locked.',
    rowsRead: index.rowsRead,
    rowsFetched: index.rowsFetched,
    tableRows: catalog.table(index.tableOid)?.estimatedRows ?? null,
    constraint: constraint?.name ?? null,
    invalidReason: index.isValid ? null : (broken?.message ?? pendingReason(row.flags)),
    unprovenReason: index.isValid && index.scans === 0 ? removals.unprovenReason(index) : null,
    fix: index.isValid ? removals.fix(index) : (broken?.fix ?? null),
  };
}

const invalidFindings = oncePer(
  (snapshot: Snapshot): ReadonlyMap<number, Finding> =>
    new Map(judgeNow(snapshot, [invalidIndex]).map((finding) => [finding.object.oid ?? 0, finding])),
);

function pendingReason(flags: number): string {
  return (flags & INDEX_FLAG.partitioned) !== 0
    ? 'It waits for the indexes of some partitions to be attached.'
    : 'It is being built or dropped now.';
}
