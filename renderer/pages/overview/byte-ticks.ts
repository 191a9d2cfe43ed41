/** Round sizes from 0 to at least `maxBytes`, at most five of them: 0, 20 MB, 40 MB, 60 MB. */
export function byteTicks(maxBytes: number): number[] {
  const wanted = Math.max(1, maxBytes) / MOST_STEPS;
  let unit = 1;
  while (wanted > 500 * unit) unit *= 1024;
  const step = unit * (STEPS.find((candidate) => candidate * unit >= wanted) ?? 1024);
  const count = Math.max(1, Math.ceil(maxBytes / step));
  return Array.from({ length: count + 1 }, (_, i) => i * step);
}

const MOST_STEPS = 4;
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500];
