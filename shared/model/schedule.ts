/** Refreshes a materialized view by itself, while PgVitals runs and is connected. */
export interface RefreshSchedule {
  readonly schema: string;
  readonly name: string;
  /** Five fields, as cron has them, in the time of this machine. */
  readonly pattern: string;
  /** False takes a lock that stops readers while it refreshes. */
  readonly isConcurrent: boolean;
}

export const DEFAULT_REFRESH_PATTERN = '0 */4 * * *';

export interface ScheduleState {
  readonly schedule: RefreshSchedule;
  /** "every 4 hours"; the pattern itself where it has no short words. */
  readonly words: string;
  /** ISO 8601; null while it is running. */
  readonly nextAt: string | null;
  readonly isRunning: boolean;
  readonly last: ScheduleResult | null;
}

export interface ScheduleResult {
  /** When it began. ISO 8601. */
  readonly at: string;
  readonly outcome: 'done' | 'failed' | 'skipped';
  /** One sentence. */
  readonly message: string;
  readonly durationMs: number | null;
  /** In the journal; null where nothing was run. */
  readonly jobId: string | null;
  /** How many tries in a row have failed. */
  readonly failures: number;
}

export interface Schedules {
  readonly refreshes: readonly ScheduleState[];
}

const WORDS: Readonly<Record<string, string>> = {
  '*/15 * * * *': 'every 15 minutes',
  '0 * * * *': 'every hour',
  '0 */4 * * *': 'every 4 hours',
  '0 */12 * * *': 'every 12 hours',
  '0 3 * * *': 'every night at 3:00',
};

/** What a page offers, most frequent first. */
export const REFRESH_PATTERNS: readonly { readonly pattern: string; readonly words: string }[] =
  Object.entries(WORDS).map(([pattern, words]) => ({ pattern, words }));

export function patternWords(pattern: string): string {
  return WORDS[pattern] ?? `at ${pattern}`;
}
