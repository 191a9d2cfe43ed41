import type { Snapshot, Unread } from '#shared/model/snapshot.ts';
import type {
  CategoryDefinition,
  CategoryRow,
  RelationRow,
  StatisticsOverview,
} from '#shared/model/statistics.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { clientSessions, connectionLimit, countBy } from '#engine/audit/connections.ts';
import type { SizePoint } from '#engine/store/history.ts';
import { oncePer } from '../grid.ts';
import { categoriesOf } from './categories.ts';

/** Of a category, so that ten thousand of them are not sent at each refresh. */
const MOST_NAMES = 40;
const KINDS = { r: 'table', p: 'partitioned table', m: 'matview', f: 'foreign table' } as const;

export const catalogOf = oncePer(({ facts }: Snapshot) => new Catalog(facts));

/** One row per table, matview and foreign table. */
export function relationRows(
  snapshot: Snapshot,
  defined: readonly CategoryDefinition[] | null,
): RelationRow[] {
  const { facts } = snapshot;
  const catalog = catalogOf(snapshot);
  const tables = facts.tables ?? [];
  const categories = categoriesOf(tables, defined);
  return tables.map((t, at) => {
    const indexes = catalog.indexesOf(t.oid);
    const indexBytes = indexes.reduce((sum, index) => sum + index.sizeBytes, 0);
    const toastBytes = t.toastPages * facts.server.blockSizeBytes;
    return {
      oid: t.oid,
      schema: t.schema,
      name: t.name,
      kind: KINDS[t.kind],
      rows: t.estimatedRows,
      heapBytes: t.sizeBytes,
      indexBytes,
      toastBytes,
      totalBytes: t.sizeBytes + indexBytes + toastBytes,
      indexes: indexes.length,
      seqScans: t.seqScans,
      indexScans: t.indexScans,
      writes: t.inserted + t.updated + t.deleted,
      hotPercent: t.updated > 0 ? (t.hotUpdated / t.updated) * 100 : null,
      category: categories[at] ?? '',
    };
  });
}

interface Parts
  extends Pick<StatisticsOverview, 'databaseDelta' | 'serverDelta' | 'io' | 'definedCategories'> {
  /** How large databases were, by oid. */
  readonly sizesBefore: ReadonlyMap<number, SizePoint>;
}

export function statisticsOverview(
  { facts, unread }: Snapshot,
  rows: readonly RelationRow[],
  { sizesBefore, ...parts }: Parts,
): StatisticsOverview {
  const sum = (of: (row: RelationRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const clients = clientSessions(facts.activity ?? []);
  const limit = connectionLimit(new Catalog(facts));
  const own = facts.databases?.find((d) => d.oid === facts.server.databaseOid);
  return {
    figures: {
      // Not of the server's facts: whoever reads those without the databases does not know it.
      databaseBytes: own?.sizeBytes ?? facts.server.databaseSizeBytes,
      tables: rows.filter((row) => row.kind !== 'matview').length,
      indexes: facts.indexes?.length ?? 0,
      tableBytes: sum((row) => row.heapBytes),
      indexBytes: sum((row) => row.indexBytes),
      toastBytes: sum((row) => row.toastBytes),
    },
    databases: (facts.databases ?? []).map((d) => ({
      oid: d.oid,
      name: d.name,
      sizeBytes: d.sizeBytes,
      isOwn: d.oid === facts.server.databaseOid,
      growth: growthOf(d.sizeBytes, sizesBefore.get(d.oid)),
      transactions: d.xactCommit + d.xactRollback,
      rolledBackPercent:
        d.xactCommit + d.xactRollback > 0 ? (d.xactRollback / (d.xactCommit + d.xactRollback)) * 100 : null,
      deadlocks: d.deadlocks,
      tempBytes: d.tempBytes,
    })),
    categories: categoryRows(rows.filter((row) => row.kind !== 'matview')),
    indexCounts: indexCounts(rows.filter((row) => row.kind === 'table')),
    ioResetAt: facts.serverCounters?.ioResetAt ?? null,
    ioHidden: parts.io === null ? hiddenIo(unread) : null,
    connections: {
      total: clients.length,
      byState: countBy(clients, (a) => a.state ?? 'hidden from this role').map(([state, count]) => ({
        state,
        count,
      })),
      byDatabase: countBy(clients, (a) => a.database ?? 'none').map(([name, count]) => ({ name, count })),
      max: limit?.max ?? null,
      usable: limit?.usable ?? null,
      reserved: limit?.reserved ?? null,
    },
    ...parts,
  };
}

function growthOf(
  now: number | null,
  before: SizePoint | undefined,
): StatisticsOverview['databases'][number]['growth'] {
  return now === null || before === undefined ? null : { bytes: now - before.sizeBytes, since: before.at };
}

/** Why there is no pg_stat_io. */
function hiddenIo(unread: readonly Unread[]): string {
  const entry = unread.find(
    (u) => u.fact === 'serverCounters' && (u.objectOids === null || u.reason.startsWith('pg_stat_io ')),
  );
  return entry?.reason ?? 'PostgreSQL counts them from version 16 on (pg_stat_io).';
}

function categoryRows(rows: readonly RelationRow[]): CategoryRow[] {
  const groups = Map.groupBy(rows, (row) => row.category);
  return [...groups]
    .map(([name, members]) => ({
      name,
      tables: members.length,
      bytes: members.reduce((sum, row) => sum + row.totalBytes, 0),
      rows: members.reduce((sum, row) => sum + (row.rows ?? 0), 0),
      names: members
        .map((row) => row.name)
        .sort()
        .slice(0, MOST_NAMES),
    }))
    .sort((a, b) => b.tables - a.tables || b.bytes - a.bytes || a.name.localeCompare(b.name));
}

/** How many tables have how many indexes. */
function indexCounts(rows: readonly RelationRow[]): StatisticsOverview['indexCounts'] {
  const groups = Map.groupBy(rows, (row) => row.indexes);
  return [...groups]
    .map(([indexes, members]) => ({ indexes, tables: members.length }))
    .sort((a, b) => a.indexes - b.indexes);
}
