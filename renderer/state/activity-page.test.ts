import { describe, expect, it } from 'vitest';
import { type ConnectionPoint, withPoint } from './activity-page.ts';

const at = (minute: number): ConnectionPoint => ({
  atMs: minute * 60_000,
  total: minute,
  active: 0,
  idleInTransaction: 0,
  waiting: 0,
});

describe('withPoint', () => {
  it('keeps 15 minutes, oldest first', () => {
    const points = [0, 5, 10, 14].reduce<readonly ConnectionPoint[]>((kept, m) => withPoint(kept, at(m)), []);
    expect(points.map((p) => p.total)).toEqual([0, 5, 10, 14]);
    expect(withPoint(points, at(15)).map((p) => p.total)).toEqual([5, 10, 14, 15]);
    expect(withPoint(points, at(60)).map((p) => p.total)).toEqual([60]);
  });

  it('counts a reading once, and none that came late', () => {
    const points = [at(1), at(2)];
    expect(withPoint(points, at(2))).toBe(points);
    expect(withPoint(points, at(1))).toBe(points);
  });
});
