import type { SequenceFact } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { sequenceHolders } from '#engine/audit/sequence-holders.ts';
import { type SequenceUse, sequenceUse } from '#engine/audit/sequence-range.ts';
import type { History, Range } from '#engine/store/history.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import { type Pace, paceOf, type Reading, upTo } from './pace.ts';

export const DAY_MS = 86_400_000;
const LONGEST_MS = 30 * DAY_MS;
/** Of a database with more sequences only the most used are looked at: each has up to 720 hourly values. */
const MOST_SEQUENCES = 200;

export interface SequenceForecast {
  readonly sequence: SequenceFact;
  readonly use: SequenceUse;
  readonly isUsed: boolean;
  /** Null where the samples cover less than an hour, or it was never used. */
  readonly pace: Pace | null;
  /** Values in the time of the pace. */
  readonly taken: number;
  /** Null without a pace, or where nothing was taken. */
  readonly daysLeft: number | null;
}

/**
 * How long sequences last at the pace of the stored samples of the last 30 days, up to the values of this snapshot; the
 * most used first. Those that begin anew at their end, or whose value is hidden, are left out.
 */
export function sequenceForecasts(
  { facts, collectedAt }: Snapshot,
  catalog: Catalog,
  history: History,
  database: DatabaseIdentity,
): SequenceForecast[] {
  const values = new Map((facts.sequenceValues ?? []).map((v) => [v.sequenceOid, v]));
  const held = (facts.sequences ?? [])
    .flatMap((sequence) => {
      const value = values.get(sequence.oid);
      if (sequence.isCycled || !value) return [];
      const { lastValue, countedAt } = value;
      const now =
        lastValue === null ? null : { atMs: Date.parse(countedAt ?? collectedAt), value: BigInt(lastValue) };
      return [{ sequence, now, use: sequenceUse(sequence, lastValue, sequenceHolders(sequence, catalog)) }];
    })
    .sort((a, b) => b.use.usedPercent - a.use.usedPercent)
    .slice(0, MOST_SEQUENCES);
  const stored = history.sequenceValues(
    database,
    held.map(({ sequence }) => sequence.oid),
    forecastRange(collectedAt),
  );
  return held.map(({ sequence, now, use }) => {
    const before = (stored.get(sequence.oid) ?? []).map(
      ({ at, value }): Reading => ({ atMs: Date.parse(at), value: BigInt(value) }),
    );
    const step = BigInt(sequence.increment);
    const pace = now === null ? null : paceOf(upTo(before, now), step > 0n);
    const taken = pace === null ? 0 : Number(pace.taken / (step > 0n ? step : -step));
    const daysLeft =
      pace === null || taken <= 0 ? null : Number(use.remaining) / ((taken / pace.spanMs) * DAY_MS);
    return { sequence, use, isUsed: now !== null, pace, taken, daysLeft };
  });
}

/** The time whose samples tell a pace: the 30 days up to `collectedAt`. */
export function forecastRange(collectedAt: string): Range {
  const toMs = Date.parse(collectedAt);
  return { from: new Date(toMs - LONGEST_MS).toISOString(), to: new Date(toMs + 1).toISOString() };
}
