/** Where a counter stood at an instant. */
export interface Reading {
  readonly atMs: number;
  readonly value: bigint;
}

export interface Pace {
  /** How far it went in its direction, set-backs left out. */
  readonly taken: bigint;
  readonly spanMs: number;
  /** It went the other way at least once: setval(), RESTART, a restored backup. */
  readonly isSetBack: boolean;
}

/** A pace over less than this says nothing. */
export const SHORTEST_PACE_MS = 3_600_000;

/**
 * How fast a counter goes, from readings with the oldest first; null where they cover less than an hour. A step back
 * begins a new stretch and takes nothing away: what was used before it counts, as time and as values.
 */
export function paceOf(readings: readonly Reading[], isUp: boolean): Pace | null {
  const [first] = readings;
  const last = readings.at(-1);
  const spanMs = first && last ? last.atMs - first.atMs : 0;
  if (spanMs < SHORTEST_PACE_MS) return null;
  let taken = 0n;
  let isSetBack = false;
  for (const [at, { value }] of readings.entries()) {
    const before = readings[at - 1];
    if (!before) continue;
    const step = isUp ? value - before.value : before.value - value;
    if (step > 0n) taken += step;
    if (step < 0n) isSetBack = true;
  }
  return { taken, spanMs, isSetBack };
}

/** What was stored before now, and now. */
export function upTo(before: readonly Reading[], now: Reading): Reading[] {
  return [...before.filter((reading) => reading.atMs < now.atMs), now];
}
