import { formatCount, formatDuration } from '#shared/model/format.ts';
import type { NextVacuum } from '#shared/model/vacuum.ts';

/** "due now", "due now (inserts)", "in 42 dead rows, ~ 3 h", "off for this table". */
export function nextInWords(next: NextVacuum): string {
  switch (next.state) {
    case 'off':
      return 'autovacuum is off';
    case 'off for this table':
      return 'off for this table';
    case 'due':
      return next.because === 'dead rows' ? 'due now' : 'due now (inserts)';
    case 'waiting':
      return `in ${formatCount(next.rows)} ${next.of}${next.inMs === null ? '' : `, ~ ${roughly(next.inMs)}`}`;
  }
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** One unit: an estimate is no more exact than that. */
function roughly(ms: number): string {
  const unit = ms < HOUR_MS ? MINUTE_MS : ms < 2 * DAY_MS ? HOUR_MS : DAY_MS;
  return formatDuration(Math.max(1, Math.round(ms / unit)) * unit);
}
