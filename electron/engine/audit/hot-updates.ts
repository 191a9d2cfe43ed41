import type { TableFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import type { Catalog } from './catalog.ts';
import { changeTableOptions } from './table-options.ts';

/** Share of updates that were HOT (the new version stayed on its page, no index was touched), 0–100; null = no update. */
export function hotPercent({ updated, hotUpdated }: TableFact): number | null {
  return updated > 0 ? (hotUpdated / updated) * 100 : null;
}

/** Percent of a page that is filled by INSERT; the rest is room for HOT updates. */
export function fillFactorOf({ options }: TableFact): number {
  return Number(options['fillfactor'] ?? 100);
}

/** Leaves room on the pages, so that updates find it there. */
export function leaveRoom(table: TableFact, catalog: Catalog, notes: readonly string[] = []): Fix {
  return changeTableOptions(table, roomOptions(table), catalog, [
    ...notes,
    'Holds for pages written from now on; a rewrite of the table applies it to all.',
  ]);
}

/** A fill factor that keeps more of each page free than now; never below half. */
export function roomOptions(table: TableFact): Readonly<Record<'fillfactor', string>> {
  const now = fillFactorOf(table);
  return { fillfactor: String(Math.max(50, now > 90 ? 90 : now - 10)) };
}
