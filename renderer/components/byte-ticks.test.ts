import { expect, it } from 'vitest';
import { formatBytes } from '#shared/model/format.ts';
import { byteTicks } from './byte-ticks.ts';

it.each([
  [69_940_000, ['0 B', '20 MB', '40 MB', '60 MB', '80 MB']],
  [0, ['0 B', '1 B']],
  [8192, ['0 B', '2 kB', '4 kB', '6 kB', '8 kB']],
  [1023 * 1024, ['0 B', '500 kB', '1\u202f000 kB', '1.5 MB']],
  [1.7 * 1024 ** 3, ['0 B', '1 GB', '2 GB']],
] as const)('marks up to %i bytes are round', (most, texts) => {
  expect(byteTicks(most).map(formatBytes)).toEqual(texts);
});

it('reaches above the largest value, in a few steps', () => {
  for (let most = 1; most < 1e13; most *= 1.37) {
    const ticks = byteTicks(most);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
    expect(ticks.length).toBeLessThanOrEqual(7);
  }
});
