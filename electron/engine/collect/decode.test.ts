import { describe, expect, it } from 'vitest';
import { ageOrNull, estimatedRows, instant, isOn, numberOrNull, options } from './decode.ts';

describe('instant', () => {
  it.each([
    ['2026-11-23 15:43:44.123456+00', '2026-11-23T15:43:44.123456Z'],
    ['2026-11-23 15:43:44+00', '2026-11-23T15:43:44Z'],
    ['2026-11-23 15:43:44+05', '2026-11-23T15:43:44+05:00'],
    ['2026-11-23 15:43:44-03:30', '2026-11-23T15:43:44-03:30'],
    ['infinity', null],
    ['-infinity', null],
    ['0044-03-15 12:00:00+00 BC', null],
    [null, null],
  ])('%s', (text, expected) => {
    expect(instant(text)).toBe(expected);
    if (expected !== null) expect(Date.parse(expected)).not.toBeNaN();
  });
});

it('options keep further equals signs, and prefix names', () => {
  expect(options(['fillfactor=70', 'search_path=a=b', 'bare'])).toEqual({
    fillfactor: '70',
    search_path: 'a=b',
    bare: 'true',
  });
  expect(options(['autovacuum_enabled=off'], 'toast.')).toEqual({ 'toast.autovacuum_enabled': 'off' });
  expect(options(null)).toEqual({});
});

it('isOn knows the spellings that PostgreSQL takes for true', () => {
  for (const yes of ['on', 'ON', 't', 'true', 'tr', 'y', 'yes', '1']) expect(isOn(yes), yes).toBe(true);
  for (const no of ['off', 'false', 'o', '0', '', 'truely', undefined])
    expect(isOn(no), String(no)).toBe(false);
});

it('figures that are none become null', () => {
  expect([numberOrNull(null), numberOrNull('NaN'), numberOrNull(Number.POSITIVE_INFINITY)]).toEqual([
    null,
    null,
    null,
  ]);
  expect(numberOrNull('12.5')).toBe(12.5);
  expect([ageOrNull(2_147_483_647), ageOrNull(5)]).toEqual([null, 5]);
});

it('rows that were never counted are unknown, on each version as it tells them', () => {
  expect(estimatedRows(-1, 0, 150_000)).toBeNull();
  expect(estimatedRows(0, 0, 150_000)).toBe(0);
  expect(estimatedRows(0, 0, 130_000)).toBeNull();
  expect(estimatedRows(0, 3, 130_000)).toBe(0);
});
