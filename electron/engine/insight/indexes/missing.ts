import { setImmediate } from 'node:timers/promises';
import type { ConstraintFact } from '#shared/model/facts.ts';
import { SEVERITIES, type Finding } from '#shared/model/finding.ts';
import type { MissingIndex, MissingIndexDetail } from '#shared/model/indexes.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { fkMissingIndex } from '#engine/audit/checks/fk-missing-index.ts';
import { seqScanLargeTable } from '#engine/audit/checks/seq-scan-large-table.ts';
import { judgeNow } from '#engine/audit/run.ts';
import { EngineError } from '#engine/errors.ts';
import { type Grid, oncePer } from '../grid.ts';
import { indexModel } from './model.ts';

/** By the checks themselves, on the facts of now: the page and an audit agree, and it needs none. */
export const missingIndexes = oncePer(
  async (snapshot: Snapshot): Promise<Grid<MissingIndex>> => ({
    rows: (await findingsOf(snapshot)).map(rowOf),
    text: (row) => `${row.schema}.${row.table} ${row.source} ${row.reason}`,
  }),
);

/** `withStatements` has those too, of which the heaviest on the table are named. Throws NOT_FOUND where it is not missing. */
export async function missingDetail(
  snapshot: Snapshot,
  key: string,
  withStatements: Snapshot,
): Promise<MissingIndexDetail> {
  const finding = (await findingsOf(snapshot)).find((candidate) => candidate.fingerprint === key);
  if (!finding)
    throw new EngineError('NOT_FOUND', 'This index is no longer missing.', 'Read the page again.');
  const [full = finding] =
    finding.check === seqScanLargeTable.id
      ? judgeNow(withStatements, [seqScanLargeTable]).filter((again) => again.fingerprint === key)
      : [];
  const statements = full.evidence['statements'];
  return {
    row: rowOf(finding),
    confidenceReason: finding.confidenceReason,
    statements: Array.isArray(statements) ? statements.map(String) : [],
    fix: finding.fix,
  };
}

/** Foreign keys are judged table by table, so that 10,000 of them need not be judged in one go. */
const findingsOf = oncePer(async (snapshot: Snapshot): Promise<readonly Finding[]> => {
  const { catalog } = await indexModel(snapshot);
  const keys = (snapshot.facts.constraints ?? []).filter((constraint) => constraint.type === 'f');
  const findings: Finding[] = [...judgeNow(snapshot, [seqScanLargeTable], catalog)];
  for (const constraints of batchesOf(keys)) {
    await setImmediate();
    const part = { ...snapshot, facts: { ...snapshot.facts, constraints } };
    findings.push(...judgeNow(part, [fkMissingIndex], catalog));
  }
  return findings;
});

const KEYS_PER_BATCH = 250;

/** All keys of a table in one batch: two on the same columns need one index. */
function batchesOf(keys: readonly ConstraintFact[]): ConstraintFact[][] {
  const batches: ConstraintFact[][] = [[]];
  for (const ofTable of Map.groupBy(keys, (key) => key.tableOid).values()) {
    if ((batches.at(-1)?.length ?? 0) >= KEYS_PER_BATCH) batches.push([]);
    batches.at(-1)?.push(...ofTable);
  }
  return batches;
}

function rowOf(finding: Finding): MissingIndex {
  return {
    key: finding.fingerprint,
    source: finding.check === fkMissingIndex.id ? 'foreign key' : 'sequential scans',
    schema: finding.object.schema ?? '',
    table: finding.object.table ?? finding.object.name,
    reason: finding.message,
    severity: finding.severity,
    rank: SEVERITIES.indexOf(finding.severity),
    confidence: finding.confidence,
  };
}
