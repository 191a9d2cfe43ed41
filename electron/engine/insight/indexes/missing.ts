import { SEVERITIES, type Finding } from '#shared/model/finding.ts';
import type { MissingIndex, MissingIndexDetail } from '#shared/model/indexes.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { fkMissingIndex } from '#engine/audit/checks/fk-missing-index.ts';
import { seqScanLargeTable } from '#engine/audit/checks/seq-scan-large-table.ts';
import { judgeNow } from '#engine/audit/run.ts';
import { EngineError } from '#engine/errors.ts';
import { type Grid, oncePer } from '../grid.ts';

/** By the checks themselves, on the facts of now: the page and an audit agree, and it needs none. */
export const missingIndexes = oncePer(
  (snapshot: Snapshot): Grid<MissingIndex> => ({
    rows: findingsOf(snapshot).map(rowOf),
    text: (row) => `${row.schema}.${row.table} ${row.source} ${row.reason}`,
  }),
);

/** Throws NOT_FOUND where the index is no longer missing. */
export function missingDetail(snapshot: Snapshot, key: string): MissingIndexDetail {
  const finding = findingsOf(snapshot).find((candidate) => candidate.fingerprint === key);
  if (!finding)
    throw new EngineError('NOT_FOUND', 'This index is no longer missing.', 'Read the page again.');
  const statements = finding.evidence['statements'];
  return {
    row: rowOf(finding),
    confidenceReason: finding.confidenceReason,
    statements: Array.isArray(statements) ? statements.map(String) : [],
    fix: finding.fix,
  };
}

const findingsOf = oncePer((snapshot: Snapshot) => judgeNow(snapshot, [fkMissingIndex, seqScanLargeTable]));

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
