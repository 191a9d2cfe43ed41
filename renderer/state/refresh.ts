import type { QueryClient } from '@tanstack/react-query';
import { LINK_ERRORS, LINK_RETRY_MS } from '#shared/model/error-codes.ts';
import { toUserError } from '../api/errors.ts';
import { keys } from '../api/queries.ts';

/** When the user last asked for fresh facts, by `performance.now()`. */
const askedAtMs = new Map<string, number>();

/** Reads what the open pages of this connection show again, now. */
export function refreshInsight(queries: QueryClient, connectionId: string): void {
  askedAtMs.set(connectionId, performance.now());
  void queries.invalidateQueries({ queryKey: keys.insight(connectionId) });
}

/**
 * How old facts may be for a page that is shown now. Facts that another page has just read will do, but none from before
 * the user asked for fresh ones; undefined = any age, where pages do not refresh by themselves.
 */
export function maxAgeMs(connectionId: string, intervalMs: number): number | undefined {
  const asked = askedAtMs.get(connectionId);
  const sinceAsked = asked === undefined ? Number.POSITIVE_INFINITY : Math.ceil(performance.now() - asked);
  const age = Math.min(intervalMs > 0 ? intervalMs * 0.9 : Number.POSITIVE_INFINITY, sinceAsked);
  return Number.isFinite(age) ? Math.round(age) : undefined;
}

/** Share of one core that refreshing may take, by the time that reading takes. */
const MOST_LOAD = 0.01;

/**
 * Time to the next refresh, 0 = none: a database whose facts take long to read is read more rarely. What could not be
 * read for want of a link is still owed, also where pages do not refresh by themselves: it is tried again soon.
 */
export function refreshIntervalMs(refreshSeconds: number, readMs: number, error: unknown = null): number {
  if (error !== null && LINK_ERRORS.has(toUserError(error).code)) return LINK_RETRY_MS;
  return refreshSeconds === 0 ? 0 : Math.max(refreshSeconds * 1000, readMs / MOST_LOAD);
}

/** Time from the first reading of counters to the second, which tells what happens now. */
export const SECOND_READING_MS = 3_000;

/** As above, where reading takes long: a tenth of the time at most, once. */
export function secondReadingMs(readMs: number): number {
  return Math.max(SECOND_READING_MS, readMs * 10);
}
