import { describe, expect, test } from 'vitest';
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatCountOf,
  formatDuration,
  formatEvidence,
  formatInstant,
  formatPercent,
} from './format.ts';

const N = '\u202f';

describe('formatBytes', () => {
  test.each([
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1,023 B'],
    [1024, '1 kB'],
    [8192, '8 kB'],
    [1024 * 1023.97, '1 MB'],
    [1_825_361_101, '1.7 GB'],
    [301_989_888, '288 MB'],
    [54_525_952, '52 MB'],
    [-8192, '-8 kB'],
    [2 ** 60, '1,024 PB'],
    [Number.NaN, 'unknown'],
  ])('%s → %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text.replace(',', N)));
});

describe('formatCount', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [2772, `2${N}772`],
    [6_700_000, `6${N}700${N}000`],
    [-1200, `-1${N}200`],
    [0.5, '0.5'],
    [Number.POSITIVE_INFINITY, 'unknown'],
  ])('%s → %s', (count, text) => expect(formatCount(count)).toBe(text));

  test('counts nouns', () => {
    expect(formatCountOf(1, 'finding')).toBe('1 finding');
    expect(formatCountOf(0, 'finding')).toBe('0 findings');
    expect(formatCountOf(3, 'index', 'indexes')).toBe('3 indexes');
  });
});

describe('formatDuration', () => {
  test.each([
    [0, '0 ms'],
    [0.001, '< 0.01 ms'],
    [0.66, '0.66 ms'],
    [82.3, '82.3 ms'],
    [411, '411 ms'],
    [999.7, '1 s'],
    [49_900, '49.9 s'],
    [59_990, '1 min'],
    [200_000, '3 min 20 s'],
    [3_599_900, '1 h'],
    [18_720_000, '5 h 12 min'],
    [86_399_000, '1 day'],
    [273_600_000, '3 days 4 h'],
    [53 * 86_400_000, '53 days'],
    [1461 * 86_400_000, '4 years'],
    [-1500, '-1.5 s'],
  ])('%s ms → %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('formatPercent', () => {
  test.each([
    [0, '0 %'],
    [0.001, '< 0.01 %'],
    [6.666, '6.67 %'],
    [60, '60 %'],
    [72.13, '72.1 %'],
    [99.97, '99.97 %'],
    [99.999, '> 99.99 %'],
    [100, '100 %'],
  ])('%s → %s', (percent, text) => expect(formatPercent(percent)).toBe(text));
});

describe('instants', () => {
  test('to the minute, in UTC or a given zone', () => {
    expect(formatInstant('2026-11-23T00:05:59.123Z')).toBe('2026-11-23 00:05 UTC');
    expect(formatInstant('2026-11-23T12:05:00Z', 'Asia/Tashkent')).toBe('2026-11-23 17:05 GMT+5');
    expect(formatInstant('yesterday')).toBe('unknown');
  });

  test.each([
    [0, 'just now'],
    [120_000, '2 min ago'],
    [3_599_999, '60 min ago'],
    [5 * 3_600_000, '5 h ago'],
    [53 * 86_400_000, '53 days ago'],
  ])('%s ms → %s', (ms, text) => expect(formatAgo(ms)).toBe(text));
});

describe('formatEvidence', () => {
  test.each([
    ['sizeBytes', 1_825_361_101, 'Size', '1.7 GB'],
    ['bytes', 8192, 'Size', '8 kB'],
    ['indexBytes', 8192, 'Index size', '8 kB'],
    ['ms', 5, 'Time', '5 ms'],
    ['percent', 5, 'Share', '5 %'],
    ['ageMs', 200_000, 'Age', '3 min 20 s'],
    ['idleSeconds', 90, 'Idle time', '1 min 30 s'],
    ['statisticsAgeDays', 53, 'Statistics age', '53 days'],
    ['deadPercent', 60, 'Dead share', '60 %'],
    ['hitRatio', 0.9997, 'Hit ratio', '99.97 %'],
    ['freezeShare', 0.91, 'Freeze share', '91 %'],
    ['deadRows', 198, 'Dead rows', '198'],
    ['rows', 2772, 'Rows', `2${N}772`],
    ['heapPages', 12, 'Heap pages', '12'],
    ['lastVacuumAt', '2026-11-23T00:05:59Z', 'Last vacuum', '2026-11-23 00:05 UTC'],
    ['lastVacuumAt', null, 'Last vacuum', 'unknown'],
    ['walStatus', 'lost', 'WAL status', 'lost'],
    ['isUnique', true, 'Unique', 'yes'],
    ['columns', ['a', 'b'], 'Columns', 'a, b'],
    ['columns', [], 'Columns', 'none'],
    ['xid_age', 5, 'XID age', '5'],
    ['aliases', 'x', 'Aliases', 'x'],
    ['format', 'x', 'Format', 'x'],
  ] as const)('%s %s → %s: %s', (key, value, label, text) => {
    expect(formatEvidence(key, value)).toEqual({ label, text });
  });
});
