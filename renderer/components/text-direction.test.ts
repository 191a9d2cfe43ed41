import { expect, it } from 'vitest';
import { directionOf } from './text-direction.ts';

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
