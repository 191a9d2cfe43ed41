import { describe, expect, test } from 'vitest';
import { pointLevel, provenLevel, timeLevel } from './recovery-level.ts';
import { savedPercent } from './backup-words.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('what would be lost', () => {
  test.each([
    [null, 'critical', 'Everything'],
    [0, 'pass', 'Under a minute'],
    [5 * HOUR_MS, 'pass', '5 h'],
    [DAY_MS, 'pass', '24 h'],
    [DAY_MS + 1, 'medium', '24 h'],
    [7 * DAY_MS, 'medium', '7 days'],
    [7 * DAY_MS + 1, 'critical', '7 days'],
  ])('after %s ms is %s: %s', (ageMs, mark, word) => {
    expect(pointLevel(ageMs)).toMatchObject({ mark, word });
  });

  test('a recovery time is measured or not known, never guessed', () => {
    expect(timeLevel({ pointAgeMs: 1, timeMs: null, provenAt: null }).word).toBe('Not measured');
    expect(timeLevel({ pointAgeMs: 1, timeMs: 90_000, provenAt: null }).word).toBe('1 min 30 s');
  });

  test('a proof grows old after 30 days', () => {
    const proven = (ageMs: number) =>
      provenLevel(
        { pointAgeMs: 1, timeMs: 1, provenAt: new Date(100 * DAY_MS - ageMs).toISOString() },
        100 * DAY_MS,
      );
    expect(proven(30 * DAY_MS)).toMatchObject({ mark: 'pass', word: '30 days ago' });
    expect(proven(31 * DAY_MS)).toMatchObject({ mark: 'medium', word: '31 days ago' });
    expect(provenLevel({ pointAgeMs: 1, timeMs: 1, provenAt: null }, 0)).toMatchObject({
      mark: 'high',
      word: 'Never',
    });
  });
});

test('what a backup saves is said of whole databases alone, and never as a loss', () => {
  const whole = { scope: { kind: 'database' } } as const;
  expect(savedPercent({ ...whole, databaseBytes: 409, sizeBytes: 52 })).toBeCloseTo(87.29, 2);
  expect(savedPercent({ ...whole, databaseBytes: 10, sizeBytes: 20 })).toBeNull();
  expect(savedPercent({ ...whole, databaseBytes: null, sizeBytes: 20 })).toBeNull();
  const part = { scope: { kind: 'schemas', schemas: ['a'] } } as const;
  expect(savedPercent({ ...part, databaseBytes: 100, sizeBytes: 1 })).toBeNull();
});
