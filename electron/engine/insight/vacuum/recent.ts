import type { Snapshot } from '#shared/model/snapshot.ts';
import type { RecentWork } from '#shared/model/vacuum.ts';
import type { Since } from './pace.ts';
import { catalogOf, vacuumedTables } from './tables.ts';

const MOST_ROWS = 500;

/** What vacuuming did since a stored sample: counters now against those stored then. */
export function recentWork(snapshot: Snapshot, since: Since | null): RecentWork {
  if (!since) return { window: null, rows: [] };
  const catalog = catalogOf(snapshot);
  const rows = vacuumedTables(snapshot).flatMap((table) => {
    const then = since.before.get(table.oid);
    const grown = (now: number, past: number | undefined): number => Math.max(0, now - (past ?? 0));
    const row = {
      table: catalog.label(table),
      autovacuums: grown(table.autovacuumCount, then?.autovacuumCount),
      vacuums: grown(table.vacuumCount, then?.vacuumCount),
      autoanalyzes: grown(table.autoanalyzeCount, then?.autoanalyzeCount),
      analyzes: grown(table.analyzeCount, then?.analyzeCount),
      deadBefore: then?.deadRows ?? 0,
      deadNow: table.deadRows,
    };
    return row.autovacuums + row.vacuums + row.autoanalyzes + row.analyzes === 0 ? [] : [row];
  });
  return { window: { from: since.from, to: since.to }, rows: rows.slice(0, MOST_ROWS) };
}
