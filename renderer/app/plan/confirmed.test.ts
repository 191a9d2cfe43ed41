import { expect, test } from 'vitest';
import { type Confirmed, NOTHING_CONFIRMED, openPoint } from './confirmed.ts';

const PREVIEW = {
  preflight: [{ verdict: 'warning' as const, text: 'An old transaction is open.', nextStep: null }],
  mustAccept: [
    { id: 'a', text: 'The disk has room.' },
    { id: 'b', text: 'Nobody reads it.' },
  ],
  phrase: 'orders',
};
const confirmed = (accepted: readonly string[], typed: string): Confirmed => ({
  accepted: new Set(accepted),
  typed,
});

test('a plan asks for its ticks first, then for its phrase, and lets it run when both are there', () => {
  expect(openPoint(PREVIEW, NOTHING_CONFIRMED)).toBe('Tick 2 points to be accepted.');
  expect(openPoint(PREVIEW, confirmed(['a'], 'orders'))).toBe('Tick what has to be accepted.');
  expect(openPoint(PREVIEW, confirmed(['a', 'b'], ''))).toBe('Type orders to confirm.');
  expect(openPoint(PREVIEW, confirmed(['a', 'b'], 'Orders'))).toBe('Type orders to confirm.');
  // Pasted with a line break, as the engine takes it too.
  expect(openPoint(PREVIEW, confirmed(['a', 'b'], ' orders\n'))).toBeNull();
});

test('what stops a plan cannot be confirmed away', () => {
  const stop = { verdict: 'stop' as const, text: 'This server is a standby.', nextStep: null };
  expect(openPoint({ ...PREVIEW, preflight: [stop] }, confirmed(['a', 'b'], 'orders'))).toBe(
    'It cannot run: This server is a standby.',
  );
});

test('a plan without risk asks for nothing', () => {
  expect(openPoint({ preflight: [], mustAccept: [], phrase: null }, NOTHING_CONFIRMED)).toBeNull();
});
