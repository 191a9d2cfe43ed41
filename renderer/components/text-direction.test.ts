import { expect, it } from 'vitest';
import { byDirection, directionOf } from './text-direction.ts';

it.each([
  ['orders', undefined],
  ['', undefined],
  ['123', undefined],
  ['\u05e2\u05d1\u05e8\u05d9\u05ea', 'rtl'],
  ['1_\u0639\u0631\u0628', 'rtl'],
  ['orders_\u05e2\u05d1', undefined],
  ['\u05e2\u05d1_orders', 'rtl'],
  ['\u540d\u524d', undefined],
  ['\u{10840}', 'rtl'],
  [17, undefined],
  [null, undefined],
] as const)('%j runs %s', (text, direction) => {
  expect(directionOf(text)).toBe(direction);
});

it.each([
  ['Back up shop', ['Back up shop']],
  ['\u05e9\u05dc\u05d5\u05dd, 2026-11-27', ['', '\u05e9\u05dc\u05d5\u05dd', ', 2026-11-27']],
  ['Back up \u0639\u0631 2 \u0628\u064a: 3 rows', ['Back up ', '\u0639\u0631 2 \u0628\u064a', ': 3 rows']],
  ['\u05d0 a \u05d1', ['', '\u05d0', ' a ', '\u05d1', '']],
])('%j is cut where its direction changes', (text, parts) => {
  expect(byDirection(text)).toEqual(parts);
});
