import type { AuditFacts } from '#shared/model/audit.ts';
import type { Facts, IndexFact, TableFact } from '#shared/model/facts.ts';
import { Catalog } from './catalog.ts';
import { clientSessions, connectionLimit } from './connections.ts';

/** Key figures of the overview and of the audit file, counted from the facts alone. */
export function summariseFacts(facts: Partial<Facts> & Pick<Facts, 'server'>): AuditFacts {
  // What was not read is not none: a lost connection, or a right that is missing.
  const { tables, indexes, constraints, sequences, roles, extensions } = facts;
  const neverScanned = indexes?.filter(isNeverScanned);
  const removable = neverScanned?.filter((i) => !isKeyIndex(i));
  const own = facts.databases?.find((d) => d.oid === facts.server.databaseOid);
  const blocks = own ? own.blocksHit + own.blocksRead : 0;
  return {
    tables: count(tables, isCountedTable),
    matviews: count(tables, (t) => t.kind === 'm'),
    partitions: count(tables, (t) => t.isPartition),
    indexes: count(indexes),
    indexesNeverScanned: count(neverScanned),
    indexesRemovable: count(removable),
    indexesRemovableBytes: sum(removable, (i) => i.sizeBytes),
    indexBytes: sum(indexes, (i) => i.sizeBytes),
    tableBytes: sum(tables, (t) => t.sizeBytes + t.toastPages * facts.server.blockSizeBytes),
    databaseSizeBytes: facts.server.databaseSizeBytes,
    liveRows: sum(tables, (t) => t.liveRows),
    deadRows: sum(tables, (t) => t.deadRows),
    constraints: count(constraints),
    foreignKeys: count(constraints, (c) => c.type === 'f' && c.parentOid === null),
    sequences: count(sequences),
    roles: count(roles, (r) => !r.isSystem),
    extensions: count(extensions, (e) => e.installedVersion !== null),
    connections: facts.activity ? clientSessions(facts.activity).length : null,
    connectionsLimit: connectionLimit(new Catalog(facts))?.usable ?? null,
    cacheHitRatio: own && blocks > 0 ? own.blocksHit / blocks : null,
    oldestTransactionMs: oldestTransaction(facts),
    freezeShare: own ? own.frozenXidAge / 2 ** 31 : null,
    statisticsAgeDays: facts.server.statisticsResetAt
      ? Math.max(
          0,
          (Date.parse(facts.server.sampledAt) - Date.parse(facts.server.statisticsResetAt)) / 86_400_000,
        )
      : null,
  };
}

/** Tables as people count them: partitioned parents once, their partitions and matviews apart. */
export function isCountedTable(table: TableFact): boolean {
  return (table.kind === 'r' || table.kind === 'p') && !table.isPartition;
}

/** The index of a partitioned table has no counters of its own. */
export function isNeverScanned(index: IndexFact): boolean {
  return index.scans === 0 && !index.isPartitioned;
}

/** Carries a rule: dropping it changes what data is allowed. */
export function isKeyIndex(index: IndexFact): boolean {
  return index.isPrimary || index.isUnique || index.isExclusion;
}

function oldestTransaction(facts: Partial<Facts>): number | null {
  if (!facts.activity) return null;
  return facts.activity.reduce((oldest, a) => (a.isOwn ? oldest : Math.max(oldest, a.xactAgeMs ?? 0)), 0);
}

function count<T>(
  rows: readonly T[] | undefined,
  isCounted: (row: T) => boolean = () => true,
): number | null {
  return rows?.filter(isCounted).length ?? null;
}

function sum<T>(rows: readonly T[] | undefined, value: (row: T) => number): number | null {
  return rows?.reduce((total, row) => total + value(row), 0) ?? null;
}
