import { setImmediate } from 'node:timers/promises';
import { INDEX_FLAG, type IndexOverview, type IndexTotals } from '#shared/model/indexes.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { isStandbyLike } from '#engine/audit/index-removal.ts';
import { standbyName } from '#engine/audit/xmin-holders.ts';
import { oncePer } from '../grid.ts';
import { pgstattupleState } from '../vacuum/bloat.ts';
import { familyRows } from './families.ts';
import { missingIndexes } from './missing.ts';
import { indexModel, type PlainRow } from './model.ts';
import { indexedTables } from './tables.ts';

export const RARE_SCANS = 10;

/** Everything above the lists; pure over one snapshot, made once for it. */
export const indexOverview = oncePer(
  async (snapshot: Snapshot): Promise<Omit<IndexOverview, 'standbysCheckedAt'>> => {
    const { server, replicationClients = [] } = snapshot.facts;
    const { rows } = await indexModel(snapshot);
    const tables = await indexedTables(snapshot);
    await setImmediate();
    const families = await familyRows(snapshot);
    const missing = await missingIndexes(snapshot);
    await setImmediate();
    return {
      statisticsResetAt: server.statisticsResetAt,
      totals: totalsOf(rows),
      counts: {
        tables: tables.length,
        mostIndexes: tables[0]?.indexes ?? 0,
        overIndexedTables: tables.filter((table) => table.overIndexed !== null).length,
        families: families.length,
        missing: missing.rows.length,
      },
      isStandby: server.isStandby,
      standbys: replicationClients.filter(isStandbyLike).map(standbyName),
      pgstattuple: pgstattupleState(snapshot),
    };
  },
);

function totalsOf(rows: readonly PlainRow[]): IndexTotals {
  const { neverScanned, removable, duplicate, covered, invalid } = INDEX_FLAG;
  const sum = (flags: number): { count: number; bytes: number } => {
    const found = rows.filter((row) => (row.flags & flags) !== 0);
    return { count: found.length, bytes: found.reduce((total, row) => total + row.sizeBytes, 0) };
  };
  const never = sum(neverScanned);
  const gone = sum(removable);
  const twice = sum(duplicate | covered);
  const broken = sum(invalid);
  const wasted = sum(removable | duplicate | covered | invalid);
  return {
    indexes: rows.length,
    sizeBytes: rows.reduce((total, row) => total + row.sizeBytes, 0),
    neverScanned: never.count,
    neverScannedBytes: never.bytes,
    removable: gone.count,
    removableBytes: gone.bytes,
    duplicates: twice.count,
    duplicateBytes: twice.bytes,
    invalid: broken.count,
    invalidBytes: broken.bytes,
    wasted: wasted.count,
    wastedBytes: wasted.bytes,
    rarelyUsed: rows.filter((row) => row.scans > 0 && row.scans < RARE_SCANS).length,
  };
}
