import { describe, expect, it } from 'vitest';
import { poolSizes } from './pool-sizes.ts';

describe('poolSizes', () => {
  it('gives the usual sizes where they fit', () => {
    expect(poolSizes(1, 77)).toEqual([
      { environment: 'production', size: 20, overflow: 40 },
      { environment: 'staging', size: 15, overflow: 30 },
      { environment: 'development', size: 10, overflow: 20 },
    ]);
  });

  it.each([
    [1, 5],
    [3, 77],
    [4, 40],
    [10, 12],
    [20, 300],
  ])('keeps %i pools within a budget of %i', (pools, budget) => {
    for (const { size, overflow } of poolSizes(pools, budget)) {
      expect((size + overflow) * pools).toBeLessThanOrEqual(Math.max(budget, pools));
      expect(size).toBeGreaterThanOrEqual(1);
      expect(overflow).toBeGreaterThanOrEqual(0);
    }
  });
});
