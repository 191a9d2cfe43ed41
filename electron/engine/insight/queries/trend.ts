import type { StatementInterval } from '#shared/model/queries.ts';
import type { Point } from '#engine/store/history.ts';

/** Calls per minute and mean time between each two samples; both counters at the same moments. */
export function statementTrend(calls: readonly Point[], totalMs: readonly Point[]): StatementInterval[] {
  return calls.slice(1).flatMap(({ at, value }, i): StatementInterval[] => {
    const before = calls[i];
    const [time, timeBefore] = [totalMs[i + 1]?.value ?? null, totalMs[i]?.value ?? null];
    const minutes = (Date.parse(at) - Date.parse(before?.at ?? at)) / 60_000;
    if (value === null || before === undefined || before.value === null || minutes <= 0) return [];
    const made = value - before.value;
    if (made < 0 || time === null || timeBefore === null || time < timeBefore)
      return [{ at, callsPerMinute: null, meanMs: null }];
    return [{ at, callsPerMinute: made / minutes, meanMs: made === 0 ? null : (time - timeBefore) / made }];
  });
}
