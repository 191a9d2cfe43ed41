import type { TableFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import type { MatviewDetail, MatviewRow, MatviewsOverview, RefreshRecords } from '#shared/model/matviews.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { RecordedRefresh } from '#engine/store/journal.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { IndexNames } from '#engine/audit/index-names.ts';
import { refreshMatview } from '#engine/audit/matview-fixes.ts';
import { concurrentKeyFix, rowKeyOf, servesConcurrentRefresh } from '#engine/audit/matview-keys.ts';
import { readsOf } from './reads.ts';
import { refreshedBy } from './refreshes.ts';

export function matviewsOverview(
  snapshot: Snapshot,
  expected: readonly string[],
  own: readonly RecordedRefresh[],
): MatviewsOverview {
  const { facts } = snapshot;
  const catalog = new Catalog(facts);
  const matviews = matviewsOf(snapshot);
  const wanted = new Set(expected);
  const refreshed = refreshedBy(facts.cron, own, matviews);
  const reads = readsOf(snapshot);
  const there = new Set(matviews.map((view) => catalog.label(view)));
  const views = matviews.map((view): MatviewRow => {
    const last = refreshed.get(view.oid);
    return {
      ...rowOf(view, catalog, snapshot),
      dependants: reads.readers(view.oid).length,
      refreshLevel: reads.level(view.oid),
      isExpected: wanted.has(catalog.label(view)),
      lastRefreshBy: last?.by ?? null,
      lastRefreshAt: last?.at ?? null,
      lastRefreshMs: last?.durationMs ?? null,
      isLastRefreshOfMore: last?.isOfMore ?? false,
      failure: last?.failure ?? null,
      schedules: last?.schedules ?? [],
    };
  });
  return {
    figures: {
      views: views.length,
      withoutData: views.filter((view) => !view.isPopulated).length,
      concurrently: views.filter((view) => view.concurrent === 'yes').length,
      bytes: views.reduce((sum, view) => sum + view.sizeBytes + view.indexBytes, 0),
      neverRead: views.filter((view) => view.scans === 0).length,
    },
    views,
    expected,
    missing: expected.filter((name) => !there.has(name)),
    records: recordsOf(snapshot),
  };
}

function recordsOf({ facts: { cron } }: Snapshot): RefreshRecords {
  if (!cron) return { by: 'unreadable' };
  if (cron.place === null) return { by: 'nothing' };
  if (cron.place === 'here') return { by: 'pg_cron' };
  return { by: 'pg_cron elsewhere', database: cron.place.database };
}

export function matviewsOf({ facts }: Snapshot): readonly TableFact[] {
  return (facts.tables ?? []).filter((t) => t.kind === 'm');
}

type Row = Pick<
  MatviewRow,
  | 'oid'
  | 'schema'
  | 'name'
  | 'isPopulated'
  | 'sizeBytes'
  | 'indexBytes'
  | 'estimatedRows'
  | 'key'
  | 'concurrent'
  | 'scans'
>;

function rowOf(view: TableFact, catalog: Catalog, { facts }: Snapshot): Row {
  const indexes = catalog.indexesOf(view.oid);
  const key = indexes.find((index) => servesConcurrentRefresh(index, facts.server.versionNum));
  return {
    oid: view.oid,
    schema: view.schema,
    name: view.name,
    isPopulated: view.isPopulated,
    sizeBytes: view.sizeBytes + view.toastPages * facts.server.blockSizeBytes,
    indexBytes: indexes.reduce((sum, index) => sum + index.sizeBytes, 0),
    estimatedRows: view.estimatedRows,
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

/** The matviews below it, itself and those above, lowest first: each reads only what is up to date by then. */
export function refreshOrder(view: TableFact, snapshot: Snapshot): MatviewDetail['refreshOrder'] {
  const catalog = new Catalog(snapshot.facts);
  const reads = readsOf(snapshot);
  const around = [...reads.read(view.oid), ...reads.readers(view.oid)].filter(
    ({ kind }) => kind === 'materialized view',
  );
  const oids = new Set([view.oid, ...around.map(({ oid }) => oid)]);
  return matviewsOf(snapshot)
    .filter(({ oid }) => oids.has(oid))
    .toSorted((a, b) => reads.level(a.oid) - reads.level(b.oid) || a.oid - b.oid)
    .map((matview) => ({
      oid: matview.oid,
      label: catalog.label(matview),
      sql: refreshSql(matview, rowOf(matview, catalog, snapshot).concurrent === 'yes', catalog),
    }));
}

function refreshSql(view: TableFact, isConcurrent: boolean, catalog: Catalog): string {
  return `REFRESH MATERIALIZED VIEW ${isConcurrent ? 'CONCURRENTLY ' : ''}${catalog.quoted(view)}`;
}

/** Refresh it, without locking readers out where that is possible, and what makes it possible where it is not. */
export function refreshFixes(view: TableFact, snapshot: Snapshot): Fix[] {
  const { facts } = snapshot;
  const catalog = new Catalog(facts);
  const key = catalog.indexesOf(view.oid).find((i) => servesConcurrentRefresh(i, facts.server.versionNum));
  const plain = refreshMatview(view, false, catalog);
  if (!key) {
    const key = rowKeyOf(view, facts.columnStatistics ?? [], catalog);
    return [plain, concurrentKeyFix(view, key, new IndexNames(facts), catalog)];
  }
  return view.isPopulated ? [refreshMatview(view, true, catalog), plain] : [plain];
}
