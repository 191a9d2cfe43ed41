import type { TableFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import type { MatviewRow, MatviewsOverview } from '#shared/model/matviews.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { ONLINE, statementFix } from '#engine/audit/fixes.ts';
import { IndexNames } from '#engine/audit/index-names.ts';
import { concurrentKeyFix, rowKeyColumns, servesConcurrentRefresh } from '#engine/audit/matview-keys.ts';

/** When a view was refreshed last, and how long it took. */
export interface Refreshed {
  readonly at: string;
  readonly durationMs: number | null;
}

export function matviewsOverview(
  snapshot: Snapshot,
  expected: readonly string[],
  refreshed: ReadonlyMap<string, Refreshed> | null,
): MatviewsOverview {
  const catalog = new Catalog(snapshot.facts);
  const wanted = new Set(expected);
  const views = matviewsOf(snapshot).map((view) => {
    const label = catalog.label(view);
    const last = refreshed?.get(label) ?? null;
    return {
      ...rowOf(view, catalog, snapshot),
      isExpected: wanted.has(label),
      lastRefreshAt: last?.at ?? null,
      lastRefreshMs: last?.durationMs ?? null,
    };
  });
  const there = new Set(matviewsOf(snapshot).map((view) => catalog.label(view)));
  return {
    views,
    expected,
    missing: expected.filter((name) => !there.has(name)),
    recordedBy: refreshed === null ? null : 'pg_cron',
  };
}

export function matviewsOf({ facts }: Snapshot): readonly TableFact[] {
  return (facts.tables ?? []).filter((t) => t.kind === 'm');
}

type Row = Omit<MatviewRow, 'isExpected' | 'lastRefreshAt' | 'lastRefreshMs'>;

function rowOf(view: TableFact, catalog: Catalog, { facts }: Snapshot): Row {
  const indexes = catalog.indexesOf(view.oid);
  const key = indexes.find((index) => servesConcurrentRefresh(index, facts.server.versionNum));
  return {
    oid: view.oid,
    schema: view.schema,
    name: view.name,
    isPopulated: view.isPopulated,
    sizeBytes: view.sizeBytes,
    indexBytes: indexes.reduce((sum, index) => sum + index.sizeBytes, 0),
    rows: view.estimatedRows,
    key: key?.name ?? null,
    concurrent: !view.isPopulated
      ? 'no: it holds no data yet'
      : key
        ? 'yes'
        : indexes.some((index) => index.isUnique)
          ? 'no: its unique index is partial, on an expression or invalid'
          : 'no: it has no unique index',
    scans: view.seqScans + view.indexScans,
  };
}

/** Refresh it, without locking readers out where that is possible, and what makes it possible where it is not. */
export function refreshFixes(view: TableFact, snapshot: Snapshot): Fix[] {
  const { facts } = snapshot;
  const catalog = new Catalog(facts);
  const label = catalog.label(view);
  const key = catalog.indexesOf(view.oid).find((i) => servesConcurrentRefresh(i, facts.server.versionNum));
  const undo = { undo: [], notes: ['Nothing to undo: the data is made anew from the tables.'] };
  const plain = statementFix({
    title: `Refresh ${label}`,
    sql: [`REFRESH MATERIALIZED VIEW ${catalog.quoted(view)}`],
    risk: 'R3',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: `Nobody can read ${label} until the refresh is done.`,
    ...undo,
  });
  if (!key) {
    const column = rowKeyColumns(facts.columnStatistics ?? []).get(view.oid) ?? 0;
    const name = catalog.column(view.oid, column)?.name ?? null;
    return [plain, concurrentKeyFix(view, name, new IndexNames(facts), catalog)];
  }
  if (!view.isPopulated) return [plain];
  return [
    statementFix({
      title: `Refresh ${label} while it is read`,
      sql: [`REFRESH MATERIALIZED VIEW CONCURRENTLY ${catalog.quoted(view)}`],
      risk: 'R2',
      lock: 'EXCLUSIVE',
      lockInWords: `${ONLINE(label)} Another refresh of it waits. It takes longer than a plain one where much changed.`,
      ...undo,
    }),
    plain,
  ];
}
