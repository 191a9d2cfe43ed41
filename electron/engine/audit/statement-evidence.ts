import type { Evidence, ObjectRef } from '#shared/model/finding.ts';
import { type StatementLoad, shortQuery, type Workload } from './statement-load.ts';

/** Query ids are stable while table oids and the server's major version are. */
export function statementRef(load: StatementLoad): ObjectRef {
  return { kind: 'statement', oid: 0, schema: null, name: load.queryId, table: null };
}

export function statementEvidence(load: StatementLoad, workload: Workload, blockSizeBytes: number): Evidence {
  const blocks = load.sharedBlocksHit + load.sharedBlocksRead;
  return {
    query: shortQuery(load.query),
    roles: load.roles,
    calls: load.calls,
    callsPerSecond: workload.hours ? round(load.calls / (workload.hours * 3600)) : null,
    meanMs: round(load.meanMs),
    maxMs: round(load.maxMs),
    stddevMs: round(load.stddevMs),
    totalMs: round(load.totalMs),
    ofAllTimePercent: workload.totalMs > 0 ? round((load.totalMs / workload.totalMs) * 100) : null,
    rowsPerCall: load.calls > 0 ? round(load.rows / load.calls) : null,
    cacheHitRatio: blocks > 0 ? round(load.sharedBlocksHit / blocks) : null,
    readPerCallBytes:
      load.calls > 0 ? Math.round((load.sharedBlocksRead * blockSizeBytes) / load.calls) : null,
    temporaryPerCallBytes:
      load.calls > 0 ? Math.round((load.tempBlocksWritten * blockSizeBytes) / load.calls) : null,
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
