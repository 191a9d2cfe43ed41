import type { ServerFact } from '#shared/model/facts.ts';
import type { CheckContext } from './check.ts';

/** How long the counters have been watching, as far as it can be proven. */
export interface Observation {
  /** Days; null = unknown. A lower bound where `isLowerBound`. */
  readonly days: number | null;
  readonly isLowerBound: boolean;
  /** For `Finding.window`. */
  readonly window: string;
}

/**
 * The time that cumulative counters cover. `stats_reset` is NULL until somebody resets them, and counters outlive a
 * clean restart but not a crash, so with NULL they are at least as old as the running server: a lower bound, never
 * "long ago". Source: checks.md 2.2, PostgreSQL's "The Cumulative Statistics System".
 */
export function observe(server: ServerFact, context: CheckContext): Observation {
  if (context.statisticsAgeDays !== null) {
    return { days: context.statisticsAgeDays, isLowerBound: false, window: context.statisticsWindow };
  }
  const upDays = (context.nowMs - Date.parse(server.startedAt)) / 86_400_000;
  if (!(upDays >= 0)) return { days: null, isLowerBound: false, window: context.statisticsWindow };
  return {
    days: upDays,
    isLowerBound: true,
    window: `counters since at least the server's start on ${server.startedAt.slice(0, 10)} (${inDays(upDays)})`,
  };
}

/** "less than a day", "1 day", "53 days". */
export function inDays(days: number): string {
  if (days < 1) return 'less than a day';
  const whole = Math.floor(days);
  return whole === 1 ? '1 day' : `${whole} days`;
}
