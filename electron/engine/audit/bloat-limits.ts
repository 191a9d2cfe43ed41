import type { TableFact } from '#shared/model/facts.ts';
import type { Unknown } from './check.ts';

/** Whether row count and widths still describe the table; unknown counters (all zero after a crash) pass. */
export function areStatisticsFresh(table: TableFact, mostChangedPercent: number): boolean {
  const rows = table.estimatedRows ?? 0;
  return table.modifiedSinceAnalyze <= (mostChangedPercent / 100) * rows;
}

const NAMES_SHOWN = 8;

/** One line per reason: what could not be estimated, and why. */
export function notEstimated(
  unjudged: ReadonlyMap<string, readonly string[]>,
  what: 'tables' | 'indexes',
): Unknown[] {
  return [...unjudged].map(([reason, names]) => {
    const shown = names.slice(0, NAMES_SHOWN).join(', ');
    const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
    return {
      reason: `The bloat of these ${what} can't be estimated (${reason}): ${shown}${more}.`,
      grant: null,
    };
  });
}
