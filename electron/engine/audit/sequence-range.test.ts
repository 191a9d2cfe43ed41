import { describe, expect, it } from 'vitest';
import type { SequenceFact } from '#shared/model/facts.ts';
import { sequenceUse } from './sequence-range.ts';

const INTEGER = { largest: 2_147_483_647n, origin: 't.id (integer)' };

function sequence(facts: Partial<SequenceFact>): SequenceFact {
  return {
    oid: 1,
    schema: 'public',
    name: 's',
    dataType: 'bigint',
    startValue: '1',
    minValue: '1',
    maxValue: '9223372036854775807',
    increment: '1',
    isCycled: false,
    tableOid: null,
    column: null,
    link: null,
    isExtensionOwned: false,
    ...facts,
  };
}

const DOWN = { increment: '-1', startValue: '-1', minValue: '-9223372036854775808', maxValue: '-1' };

describe('sequenceUse', () => {
  it('measures against the tighter of sequence and column', () => {
    expect(sequenceUse(sequence({}), '1073741824', [INTEGER]).usedPercent).toBeCloseTo(50, 1);
    expect(sequenceUse(sequence({ maxValue: '100' }), '90', [INTEGER])).toMatchObject({
      usedPercent: 89.89,
      remaining: 10n,
      limit: { value: 100n, isColumn: false },
    });
  });

  it('counts values, not numbers, where the step is larger', () => {
    expect(sequenceUse(sequence({ maxValue: '100', increment: '7' }), '50', []).remaining).toBe(7n);
  });

  it('measures downward where it counts down', () => {
    // One of 2^31: little, but not nothing.
    expect(sequenceUse(sequence(DOWN), '-2', [INTEGER]).usedPercent).toBe(100 / 2_147_483_647);
    expect(sequenceUse(sequence(DOWN), '-1', [INTEGER]).usedPercent).toBe(0);
    expect(sequenceUse(sequence(DOWN), '-2147483648', [INTEGER])).toMatchObject({
      usedPercent: 100,
      remaining: 0n,
    });
  });

  it('calls a sequence that was never used unused', () => {
    expect(sequenceUse(sequence({ maxValue: '10' }), null, [])).toMatchObject({
      usedPercent: 0,
      remaining: 9n,
    });
  });

  it('does not count the numbers below zero for one that began above', () => {
    const wide = sequence({ minValue: '-2147483648', maxValue: '2147483647' });
    expect(sequenceUse(wide, '1', []).usedPercent).toBeCloseTo(0, 6);
    const fromBelow = sequence({
      minValue: '-2147483648',
      startValue: '-2147483648',
      maxValue: '2147483647',
    });
    expect(sequenceUse(fromBelow, '0', []).usedPercent).toBeCloseTo(50, 1);
  });

  it('has used nothing where it was set back below its start, and everything at its end', () => {
    expect(
      sequenceUse(sequence({ startValue: '50', minValue: '-5', maxValue: '100' }), '-3', []).usedPercent,
    ).toBe(0);
    expect(sequenceUse(sequence({ minValue: '1', maxValue: '1' }), '1', []).usedPercent).toBe(100);
  });
});
