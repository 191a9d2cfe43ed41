import type { IndexDetail, IndexRow } from '#shared/model/indexes.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import type { History } from '#engine/store/history.ts';
import type { PlainRow } from './model.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export type ScanRate = Pick<IndexRow, 'scansPerDay'> & Pick<IndexDetail, 'perDayFrom'>;

/**
 * Scans per day: by stored samples where they reach back an hour or more within the last day, else over the age of the
 * counters where that is a day or more. Less would blow chance up to a daily rate.
 */
export function scanRates(
  snapshot: Snapshot,
  history: History,
  database: DatabaseIdentity,
): (row: PlainRow) => ScanRate {
  const nowMs = Date.parse(snapshot.collectedAt);
  const range = { from: new Date(nowMs - DAY_MS).toISOString(), to: new Date(nowMs).toISOString() };
  const samples = history.samples(database, range);
  // A reset in between would make counters run backwards: begin after it.
  const first = samples.find((s) => s.statisticsResetAt === samples.at(-1)?.statisticsResetAt);
  const sampledMs = first ? nowMs - Date.parse(first.at) : 0;
  const before = first && sampledMs >= HOUR_MS ? history.indexesAt(database, first.at) : null;
  const { statisticsResetAt } = snapshot.facts.server;
  const countedMs = statisticsResetAt === null ? 0 : nowMs - Date.parse(statisticsResetAt);
  return ({ oid, scans }) => {
    const then = before?.get(oid);
    if (then && scans >= then.scans)
      return { scansPerDay: ((scans - then.scans) / sampledMs) * DAY_MS, perDayFrom: 'samples' };
    return countedMs >= DAY_MS
      ? { scansPerDay: (scans / countedMs) * DAY_MS, perDayFrom: 'counters' }
      : { scansPerDay: null, perDayFrom: null };
  };
}
