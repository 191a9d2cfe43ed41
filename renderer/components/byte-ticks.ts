/** Round steps within a unit of 1024. */
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500] as const;
const MOST_STEPS = 5;

/** Marks from 0 to above `most` that are round as sizes are written: 0 B, 20 MB, 40 MB. */
export function byteTicks(most: number): number[] {
  let unit = 1;
  while (most / unit >= 1024) unit *= 1024;
  const inUnits = most / unit;
  const step = unit * (STEPS.find((candidate) => inUnits / candidate <= MOST_STEPS) ?? 1024);
  const last = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: last + 1 }, (_, at) => at * step);
}
