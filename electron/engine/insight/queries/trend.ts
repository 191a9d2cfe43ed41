import type { StatementInterval } from '#shared/model/queries.ts';
import type { History, Point } from '#engine/store/history.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';

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

const DAY_MS = 86_400_000;
const STRETCHES = 12;

/** Up to 13 samples of the last 24 hours since the last reset, oldest first: the ends of 12 stretches. */
export function recentMoments(
  history: History,
  database: DatabaseIdentity,
  now: string,
  resetAt: string | null,
): string[] {
  const toMs = Date.parse(now);
  const fromMs = Math.max(toMs - DAY_MS, resetAt === null ? 0 : Date.parse(resetAt));
  const samples = history.samples(database, {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
  });
  const most = Math.min(samples.length - 1, STRETCHES);
  return Array.from(
    { length: most + 1 },
    (_, n) => samples[most === 0 ? 0 : Math.round((n * (samples.length - 1)) / most)]?.at ?? now,
  );
}

/** What was added from one moment to the next. Not counted before it was first seen, nor where it ran backwards. */
export function additions(totals: readonly (number | null)[]): (number | null)[] {
  return totals.slice(1).map((after, i) => {
    const before = totals[i] ?? null;
    if (after === null) return 0;
    const added = after - (before ?? 0);
    return added < 0 ? null : added;
  });
}
