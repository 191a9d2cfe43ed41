import type { Snapshot } from '#shared/model/snapshot.ts';
import type { RecentWork } from '#shared/model/vacuum.ts';
import type { History } from '#engine/store/history.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import { catalogOf, vacuumedTables } from './tables.ts';

const DAY_MS = 86_400_000;
const MOST_ROWS = 500;

/** What vacuuming did in the last 24 hours, or since the first sample: counters now against those stored then. */
export function recentWork(snapshot: Snapshot, history: History, database: DatabaseIdentity): RecentWork {
  const toMs = Date.parse(snapshot.collectedAt);
  const from = new Date(toMs - DAY_MS).toISOString();
  const to = new Date(toMs).toISOString();
  const samples = history.samples(database, { from, to });
  // A reset in between would make counters run backwards: begin after it.
  const last = samples.at(-1);
  const first = samples.find((s) => s.statisticsResetAt === last?.statisticsResetAt);
  if (!first || Date.parse(first.at) >= toMs) return { window: null, rows: [] };
  const before = history.tablesAt(database, first.at);
  const catalog = catalogOf(snapshot);
  const rows = vacuumedTables(snapshot).flatMap((table) => {
    const then = before.get(table.oid);
    const since = (now: number, past: number | undefined): number => Math.max(0, now - (past ?? 0));
    const row = {
      table: catalog.label(table),
      autovacuums: since(table.autovacuumCount, then?.autovacuumCount),
      vacuums: since(table.vacuumCount, then?.vacuumCount),
      autoanalyzes: since(table.autoanalyzeCount, then?.autoanalyzeCount),
      analyzes: since(table.analyzeCount, then?.analyzeCount),
      deadBefore: then?.deadRows ?? 0,
      deadNow: table.deadRows,
    };
    return row.autovacuums + row.vacuums + row.autoanalyzes + row.analyzes === 0 ? [] : [row];
  });
  return { window: { from: first.at, to }, rows: rows.slice(0, MOST_ROWS) };
}
