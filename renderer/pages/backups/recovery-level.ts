import type { RecoveryFigures } from '#shared/model/backup.ts';
import { formatDuration } from '#shared/model/format.ts';
import type { MarkedWord } from '#renderer/state/words.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** As the checks backup-missing and backup-unverified judge. */
const FRESH_MS = DAY_MS;
const PROVEN_MS = 30 * DAY_MS;

export interface Level extends MarkedWord {
  readonly note: string;
}

/** What burning down now would lose: everything since the newest intact backup. */
export function pointLevel(pointAgeMs: number | null): Level {
  if (pointAgeMs === null) return { mark: 'critical', word: 'Everything', note: 'no intact backup' };
  const word = coarse(pointAgeMs);
  if (pointAgeMs <= FRESH_MS) return { mark: 'pass', word, note: 'of work would be lost' };
  if (pointAgeMs <= 7 * DAY_MS) return { mark: 'medium', word, note: 'would be lost: older than a day' };
  return { mark: 'critical', word, note: 'would be lost: older than a week' };
}

export function timeLevel({ timeMs }: RecoveryFigures): Level {
  return timeMs === null
    ? { mark: 'info', word: 'Not measured', note: 'a test restore measures it' }
    : { mark: 'pass', word: formatDuration(timeMs), note: 'by a test restore' };
}

export function provenLevel({ provenAt }: RecoveryFigures, nowMs: number): Level {
  if (provenAt === null) return { mark: 'high', word: 'Never', note: 'no restore was tried' };
  const ageMs = Math.max(0, nowMs - Date.parse(provenAt));
  const word = ageMs < 60_000 ? 'Just now' : `${coarse(ageMs)} ago`;
  return ageMs <= PROVEN_MS
    ? { mark: 'pass', word, note: 'restored, and it matched' }
    : { mark: 'medium', word, note: 'longer ago than 30 days' };
}

/** One unit is enough to be frightened by: "3 h", "12 days". */
function coarse(ms: number): string {
  if (ms < 60_000) return 'Under a minute';
  if (ms < HOUR_MS) return `${Math.round(ms / 60_000)} min`;
  if (ms < 2 * DAY_MS) return `${Math.round(ms / HOUR_MS)} h`;
  return `${Math.floor(ms / DAY_MS)} days`;
}
