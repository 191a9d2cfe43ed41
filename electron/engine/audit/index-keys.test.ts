import { describe, expect, it } from 'vitest';
import { canonicalDirections, splitExpressions } from './index-keys.ts';

describe('splitExpressions', () => {
  it('splits at top-level commas only', () => {
    expect(splitExpressions('lower(a), (b + 1)')).toEqual(['lower(a)', '(b + 1)']);
    expect(splitExpressions("substr(a, 1, 2), (ARRAY[a, b])[1], COALESCE(c, 'x, y'::text)")).toEqual([
      'substr(a, 1, 2)',
      '(ARRAY[a, b])[1]',
      "COALESCE(c, 'x, y'::text)",
    ]);
  });

  it('respects quotes that hold quotes, brackets and backslashes', () => {
    expect(splitExpressions(`lower("a, "" (b"), replace(c, E'\\',(', '''),'::text)`)).toEqual([
      `lower("a, "" (b")`,
      `replace(c, E'\\',(', '''),'::text)`,
    ]);
  });

  it('gives nothing for an index without expressions', () => {
    expect(splitExpressions('')).toEqual([]);
  });
});

describe('canonicalDirections', () => {
  const [ASC, DESC_NULLS_LAST, ASC_NULLS_FIRST, DESC] = [0, 1, 2, 3];

  it('is the same for an order and its exact reverse', () => {
    expect(canonicalDirections([ASC, DESC])).toBe(canonicalDirections([DESC, ASC]));
    expect(canonicalDirections([DESC_NULLS_LAST])).toBe(canonicalDirections([ASC_NULLS_FIRST]));
  });

  it('differs for anything else', () => {
    expect(canonicalDirections([ASC])).not.toBe(canonicalDirections([DESC_NULLS_LAST]));
    expect(canonicalDirections([ASC, ASC])).not.toBe(canonicalDirections([ASC, DESC]));
  });
});
