import { expect, it } from 'vitest';
import { additions, statementTrend } from './trend.ts';

const points = (...values: (number | null)[]) =>
  values.map((value, minute) => ({ at: new Date(minute * 120_000).toISOString(), value }));

it('shows what happened between each two samples, and a gap where a reset lies between them', () => {
  const trend = statementTrend(points(null, 10, 30, 30, 5, 8), points(null, 100, 300, 300, 40, 52));
  expect(trend.map(({ callsPerMinute, meanMs }) => [callsPerMinute, meanMs])).toEqual([
    [10, 10],
    [0, null],
    [null, null],
    [1.5, 4],
  ]);
  expect(trend[0]?.at).toBe(new Date(240_000).toISOString());
  expect(statementTrend(points(1), points(1))).toEqual([]);
});

it('adds up what came from moment to moment; nothing before it was seen, a gap where it ran backwards', () => {
  expect(additions([null, null, 5, 9, 2, 2])).toEqual([0, 5, 4, null, 0]);
  expect(additions([7])).toEqual([]);
});
