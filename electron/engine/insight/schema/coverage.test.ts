import { describe, expect, it } from 'vitest';
import type { PartitionParent } from '#shared/model/facts.ts';
import { coverageOf } from './coverage.ts';

const NOW = Date.parse('2026-03-10T00:00:00Z');
const parent = (strategy: PartitionParent['strategy'], type: string, defaultOid: number | null = null) => ({
  tableOid: 1,
  strategy,
  keyTypes: [type],
  defaultOid,
});
const cover = (of: PartitionParent, ...bounds: string[]) =>
  coverageOf(
    of,
    bounds.map((bound) => ({ bound })),
    NOW,
  );
const range = (from: string, to: string) => `FOR VALUES FROM (${from}) TO (${to})`;
const month = (n: number) => range(`'2026-0${n}-01'`, `'2026-0${n + 1}-01'`);

describe('ranges of time', () => {
  it('end ahead, soon, or in the past', () => {
    expect(cover(parent('r', 'date'), month(2), month(3), month(4))).toMatchObject({
      state: 'ahead',
      endsAt: '2026-05-01',
      daysLeft: 52,
      gaps: [],
    });
    expect(cover(parent('r', 'date', 9), month(3), month(2), 'DEFAULT')).toMatchObject({
      state: 'soon',
      daysLeft: 22,
      hasDefault: true,
    });
    expect(cover(parent('r', 'date'), month(1))).toMatchObject({
      state: 'ended',
      endsAt: '2026-02-01',
      daysLeft: -37,
    });
  });
  it('of instants, with and without zone', () => {
    const zoned = range("'2026-03-01 00:00:00+00'", "'2026-03-10 12:00:00+00'");
    expect(cover(parent('r', 'timestamp with time zone'), zoned)).toMatchObject({ daysLeft: 0.5 });
    const plain = range("'2026-03-01 00:00:00'", "'2026-03-11 00:00:00'");
    expect(cover(parent('r', 'timestamp without time zone'), plain)).toMatchObject({ daysLeft: 1 });
  });
  it('gaps, and no end', () => {
    expect(cover(parent('r', 'date'), month(1), month(3), range("'2026-06-01'", 'MAXVALUE'))).toMatchObject({
      state: 'open',
      gaps: [
        { from: '2026-02-01', to: '2026-03-01' },
        { from: '2026-04-01', to: '2026-06-01' },
      ],
    });
  });
});

it('ranges of numbers', () => {
  const numbers = [range('MINVALUE', '100'), range("'200'", "'300'")];
  expect(cover(parent('r', 'bigint'), ...numbers)).toMatchObject({
    state: 'ends',
    endsAt: '300',
    gaps: [{ from: '100', to: '200' }],
  });
  expect(cover(parent('r', 'bigint', 7), ...numbers)).toMatchObject({ state: 'default' });
});

it('what it cannot judge is unknown', () => {
  expect(cover(parent('r', 'text'), range("'a'", "'b'")).state).toBe('unknown');
  expect(
    cover(
      { ...parent('r', 'date'), keyTypes: ['date', 'integer'] },
      range("'2026-01-01', 1", "'2026-02-01', 1"),
    ).state,
  ).toBe('unknown');
  expect(cover(parent('r', 'date')).state).toBe('unknown');
});

it('lists and hashes', () => {
  expect(cover(parent('l', 'text'), "FOR VALUES IN ('a')").state).toBe('listed');
  expect(cover(parent('l', 'text', 3), "FOR VALUES IN ('a')").state).toBe('default');
  const part = (modulus: number, remainder: number) =>
    `FOR VALUES WITH (modulus ${modulus}, remainder ${remainder})`;
  expect(cover(parent('h', 'integer'), part(2, 0), part(4, 1), part(4, 3))).toMatchObject({
    state: 'complete',
    missingRemainders: 0,
  });
  expect(cover(parent('h', 'integer'), part(2, 0), part(4, 1))).toMatchObject({
    state: 'incomplete',
    missingRemainders: 1,
  });
});
