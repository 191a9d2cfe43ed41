import { expect, test } from 'vitest';
import { groupByCause, mostWantedGrant } from './coverage.ts';

const skipped = (check: string, reason: string, grant: string | null) => ({
  check,
  reason,
  grant,
  isPartial: false,
});
const MONITOR = 'GRANT pg_monitor TO app;';
const LIST = [
  skipped('a', 'hidden', MONITOR),
  skipped('b', 'hidden', MONITOR),
  skipped('b', 'other', MONITOR),
  skipped('c', 'locked', null),
  skipped('d', 'no stats', 'GRANT x TO app;'),
];

test('the same reason and GRANT stand once, the most frequent first', () => {
  expect(groupByCause(LIST).map(({ reason, checks }) => [reason, checks.length])).toEqual([
    ['hidden', 2],
    ['other', 1],
    ['locked', 1],
    ['no stats', 1],
  ]);
});

test('the GRANT that unlocks most checks, each counted once', () => {
  expect(mostWantedGrant(LIST)).toEqual({ grant: MONITOR, checks: 2 });
  expect(mostWantedGrant([skipped('c', 'locked', null)])).toBeNull();
  expect(mostWantedGrant([])).toBeNull();
});
