import { expect, test } from 'vitest';
import { formatBytes } from '#shared/model/format.ts';
import { byteTicks } from './byte-ticks.ts';

test.each([
  [48_000_000, '0 B, 20 MB, 40 MB, 60 MB'],
  [1_825_361_101, '0 B, 500 MB, 1000 MB, 1.5 GB, 2 GB'],
  [8192, '0 B, 2 kB, 4 kB, 6 kB, 8 kB'],
  [0, '0 B, 1 B'],
])('%s', (max, labels) => {
  expect(byteTicks(max).map(formatBytes).join(', ')).toBe(labels.replace('1000', '1\u202f000'));
});

test('reach the largest value with at most five labels', () => {
  for (let bytes = 1; bytes < 2 ** 50; bytes = Math.ceil(bytes * 1.37)) {
    const ticks = byteTicks(bytes);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(bytes);
    expect(ticks.length).toBeLessThanOrEqual(5);
  }
});
