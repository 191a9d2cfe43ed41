import { expect, test } from 'vitest';
import { minorsBehind, RELEASES, RELEASES_AS_OF, releaseOf } from './releases.ts';

test('majors are complete and in order, and support lasts about five years', () => {
  expect(RELEASES.map((r) => r.major)).toEqual([13, 14, 15, 16, 17, 18, 19]);
  for (const { releasedOn, endOfLifeOn } of RELEASES) {
    expect(Date.parse(releasedOn)).toBeLessThanOrEqual(Date.parse(RELEASES_AS_OF));
    if (endOfLifeOn === null) continue;
    const years = (Date.parse(endOfLifeOn) - Date.parse(releasedOn)) / (365.25 * 86_400_000);
    expect(years).toBeGreaterThan(5);
    expect(years).toBeLessThan(5.25);
  }
});

test('skipped numbers are no releases', () => {
  const release = releaseOf(18);
  if (!release) throw new Error('18 is missing');
  expect([7, 6, 5, 4, 8].map((minor) => minorsBehind(release, minor))).toEqual([0, 1, 2, 2, 0]);
});
