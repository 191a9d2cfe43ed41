import type { AuditFacts } from '#shared/model/audit.ts';
import type { Facts, IndexFact, TableFact } from '#shared/model/facts.ts';
import { Catalog } from './catalog.ts';
import { clientSessions, connectionLimit } from './connections.ts';

/** Key figures of the overview and of the audit file, counted from the facts alone. */
export function summariseFacts(facts: Partial<Facts> & Pick<Facts, 'server'>): AuditFacts {
  const relations = facts.tables ?? [];
  const indexes = facts.indexes ?? [];
  const neverScanned = indexes.filter(isNeverScanned);
  const removable = neverScanned.filter((i) => !isKeyIndex(i));
  const own = facts.databases?.find((d) => d.oid === facts.server.databaseOid);
  const blocks = own ? own.blocksHit + own.blocksRead : 0;
  return {
    tables: relations.filter(isCountedTable).length,
    matviews: relations.filter((t) => t.kind === 'm').length,
    partitions: relations.filter((t) => t.isPartition).length,
    indexes: indexes.length,
    indexesNeverScanned: neverScanned.length,
    indexesRemovable: removable.length,
    indexesRemovableBytes: sum(removable, (i) => i.sizeBytes),
    indexBytes: sum(indexes, (i) => i.sizeBytes),
    tableBytes: sum(relations, (t) => t.sizeBytes + t.toastPages * facts.server.blockSizeBytes),
    databaseSizeBytes: facts.server.databaseSizeBytes,
    liveRows: sum(relations, (t) => t.liveRows),
    deadRows: sum(relations, (t) => t.deadRows),
    constraints: facts.constraints?.length ?? 0,
    foreignKeys: facts.constraints?.filter((c) => c.type === 'f' && c.parentOid === null).length ?? 0,
    sequences: facts.sequences?.length ?? 0,
    roles: facts.roles?.filter((r) => !r.isSystem).length ?? 0,
    extensions: facts.extensions?.filter((e) => e.installedVersion !== null).length ?? 0,
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

function sum<T>(rows: readonly T[], value: (row: T) => number): number {
  return rows.reduce((total, row) => total + value(row), 0);
}
