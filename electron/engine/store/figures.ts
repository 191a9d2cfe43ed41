import type { Facts, StatementFacts } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { clientSessions } from '#engine/audit/connections.ts';
import {
  type DatabaseCounters,
  type IndexCounters,
  type StatementCounters,
  statementKey,
  type TableCounters,
} from './history.ts';

export type CounterKind = 'database' | 'size' | 'table' | 'index' | 'statement' | 'sequence';

/** What is stored of each kind, in the order of its array. New fields go to the end: old rows are shorter. */
export const COUNTER_FIELDS = {
  database: [
    'sizeBytes',
    'xactCommit',
    'xactRollback',
    'blocksRead',
    'blocksHit',
    'deadlocks',
    'tempFiles',
    'tempBytes',
    'connections',
    'deadRows',
    'liveRows',
    'indexBytes',
    'statementMs',
    'seqScans',
    'indexScans',
    'nextXid',
    'nextMxid',
  ] as const satisfies readonly (keyof DatabaseCounters)[],
  table: [
    'liveRows',
    'deadRows',
    'sizeBytes',
    'seqScans',
    'indexScans',
    'inserted',
    'updated',
    'deleted',
    'hotUpdated',
    'vacuumCount',
    'autovacuumCount',
    'analyzeCount',
    'autoanalyzeCount',
    'frozenXidAge',
  ] as const satisfies readonly (keyof TableCounters)[],
  index: [
    'sizeBytes',
    'scans',
    'rowsRead',
    'rowsFetched',
  ] as const satisfies readonly (keyof IndexCounters)[],
  statement: [
    'calls',
    'totalMs',
    'rows',
    'sharedBlocksHit',
    'sharedBlocksRead',
    'tempBlocksWritten',
    'planMs',
    'ioMs',
    'walBytes',
  ] as const satisfies readonly (keyof StatementCounters)[],
  size: ['sizeBytes'],
  sequence: ['lastValue'],
} as const;

export type Figure = number | string | null;
export interface ObjectFigures {
  readonly key: string;
  readonly figures: readonly Figure[];
  /** When the server gave them, where that was before the sample. */
  readonly countedAt?: string | null;
}

export interface KindFigures {
  readonly kind: CounterKind;
  readonly objects: readonly ObjectFigures[];
  /** All there are: what was there before and is not among them is gone. */
  readonly isWhole: boolean;
}

/** What a snapshot tells of each kind; a kind whose facts it lacks is left out. */
export function figuresOf(snapshot: Snapshot): KindFigures[] {
  const { facts } = snapshot;
  const isWhole = (fact: keyof Facts): boolean => snapshot.unread.every((u) => u.fact !== fact);
  const kinds: KindFigures[] = [];
  const add = (kind: CounterKind, fact: keyof Facts, objects: readonly ObjectFigures[] | undefined): void => {
    if (objects) kinds.push({ kind, objects, isWhole: isWhole(fact) });
  };
  add('database', 'databases', databaseFigures(facts));
  add('size', 'databases', sizesOfOthers(facts));
  add(
    'table',
    'tables',
    facts.tables?.map((t) => ({ key: String(t.oid), figures: COUNTER_FIELDS.table.map((f) => t[f]) })),
  );
  add(
    'index',
    'indexes',
    facts.indexes?.map((i) => ({ key: String(i.oid), figures: COUNTER_FIELDS.index.map((f) => i[f]) })),
  );
  // Only the heaviest are listed: one that is not there may simply have become light.
  if (facts.statements) {
    const objects = facts.statements.statements
      .filter((s) => !s.isOwn && s.queryId !== '')
      .map((s) => ({
        key: statementKey(s),
        figures: COUNTER_FIELDS.statement.map((f) => toThousandths(s[f])),
      }));
    kinds.push({ kind: 'statement', objects, isWhole: false });
  }
  add(
    'sequence',
    'sequenceValues',
    // Read less often than the rest: a sample may find values of an hour ago.
    facts.sequenceValues?.map(({ sequenceOid, lastValue, countedAt }) => ({
      key: String(sequenceOid),
      figures: [lastValue],
      countedAt,
    })),
  );
  return kinds;
}

function toThousandths(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000;
}

function databaseFigures(facts: Snapshot['facts']): ObjectFigures[] | undefined {
  const own = facts.databases?.find((d) => d.oid === facts.server.databaseOid);
  if (!own) return undefined;
  const sum = <T>(rows: readonly T[] | undefined, of: (row: T) => number): number =>
    (rows ?? []).reduce((total, row) => total + of(row), 0);
  const counters: DatabaseCounters = {
    sizeBytes: own.sizeBytes ?? facts.server.databaseSizeBytes,
    xactCommit: own.xactCommit,
    xactRollback: own.xactRollback,
    blocksRead: own.blocksRead,
    blocksHit: own.blocksHit,
    deadlocks: own.deadlocks,
    tempFiles: own.tempFiles,
    tempBytes: own.tempBytes,
    connections: facts.activity ? clientSessions(facts.activity).length : null,
    deadRows: sum(facts.tables, (t) => t.deadRows),
    liveRows: sum(facts.tables, (t) => t.liveRows),
    indexBytes: sum(facts.indexes, (i) => i.sizeBytes),
    statementMs: facts.statements ? othersMs(facts.statements) : null,
    seqScans: sum(facts.tables, (t) => t.seqScans),
    indexScans: sum(facts.tables, (t) => t.indexScans),
    nextXid: facts.server.nextXid,
    nextMxid: facts.server.nextMxid,
  };
  return [{ key: '', figures: COUNTER_FIELDS.database.map((f) => counters[f]) }];
}

/** Time in statements as the pages show it: without our own. */
function othersMs({ totalExecMs, statements }: StatementFacts): number {
  return statements.reduce((ms, s) => (s.isOwn ? ms - s.totalMs : ms), totalExecMs);
}

/** Our own is in its counters. */
function sizesOfOthers(facts: Snapshot['facts']): ObjectFigures[] | undefined {
  return facts.databases
    ?.filter((d) => d.oid !== facts.server.databaseOid && d.sizeBytes !== null)
    .map((d) => ({ key: String(d.oid), figures: [d.sizeBytes] }));
}
