import { describe, expect, it } from 'vitest';
import { isSameValue, rangeOf, shownValue, type SettingType, withUnit } from './values.ts';

describe('two spellings of one value', () => {
  it.each<[string, string | null, string, string | null, SettingType, boolean]>([
    ['16384', '8kB', '128MB', '8kB', 'integer', true],
    ['16384', '8kB', '129MB', '8kB', 'integer', false],
    ['128', 'MB', '131072', 'kB', 'integer', true],
    ['300', 's', '5min', 's', 'integer', true],
    ['300', 's', '5 min', 's', 'integer', true],
    ['0', 'ms', '0', 's', 'integer', true],
    ['-1', 'kB', '-1', 'MB', 'integer', true],
    // PostgreSQL rounds to whole pages.
    ['13', '8kB', '100kB', '8kB', 'integer', true],
    ['0.9', null, '0.90', null, 'real', true],
    ['1.1', null, '4', null, 'real', false],
    ['2', 'ms', '2000us', 'ms', 'real', true],
    ['on', null, 'TRUE', null, 'bool', true],
    ['off', null, '0', null, 'bool', true],
    ['on', null, 'off', null, 'bool', false],
    ['replica', null, 'REPLICA', null, 'enum', true],
    ['ISO, MDY', null, 'iso, mdy', null, 'string', true],
    ['"$user", public', null, '"$user",public', null, 'string', true],
    ['a', null, 'b', null, 'string', false],
    ['64', null, 'many', null, 'integer', false],
  ])('%s (%s) and %s (%s) of type %s: %s', (a, unitA, b, unitB, type, same) => {
    expect(isSameValue({ text: a, unit: unitA }, { text: b, unit: unitB }, type)).toBe(same);
  });
});

it.each<[string, string | null, SettingType, string]>([
  ['7MB', 'kB', 'integer', '7 MB'],
  ['7168', 'kB', 'integer', '7 MB'],
  ['2min', 's', 'integer', '2 min'],
  ['1h', 'ms', 'integer', '1 h'],
  ['0', 'ms', 'integer', '0'],
  ['-1', 'kB', 'integer', '-1'],
  ['100', null, 'integer', '100'],
  ['yes', null, 'bool', 'on'],
  ['%m [%p]', null, 'string', '%m [%p]'],
])('%s of a setting in %s is shown as %s %s', (text, unit, type, shown) => {
  expect(shownValue(text, unit, type)).toBe(shown);
});

it('leaves special values alone', () => {
  expect(withUnit('-1', 'kB')).toBe('-1');
  expect(withUnit('0', 'ms')).toBe('0');
  expect(withUnit('16384', '8kB')).toBe('128 MB');
});

it.each<[SettingType, string | null, string | null, string | null, readonly string[], string | null]>([
  ['integer', 'kB', '64', '2147483647', [], '64 kB to 2147483647 kB (about 2 TB)'],
  ['integer', '8kB', '16', '1073741823', [], '128 kB to 8589934584 kB (about 8 TB)'],
  ['integer', 's', '30', '86400', [], '30 s to 86400 s (about 1 day)'],
  ['integer', 'ms', '-1', '2147483647', [], '-1 to 2147483647 ms (about 25 days)'],
  ['real', 'ms', '-1', '100', [], '-1 to 100 ms'],
  ['integer', 'B', '0', '1024', [], '0 to 1 kB'],
  ['integer', null, '1', '262143', [], '1 to 262143'],
  ['real', null, '0', '1.79769e+308', [], '0 to 1.79769e+308'],
  ['enum', null, null, null, ['off', 'on', 'try'], 'off, on, try'],
  ['bool', null, null, null, [], 'on, off'],
  ['string', null, null, null, [], null],
])('%s in %s from %s to %s, or of %j, may be %s', (type, unit, least, most, choices, expected) => {
  expect(rangeOf(type, { unit, least, most, choices })).toBe(expected);
});
