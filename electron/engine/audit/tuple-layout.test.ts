import { describe, expect, it } from 'vitest';
import type { TypeFact } from '#shared/model/facts.ts';
import { expectedRowBytes, type StoredColumn, storedColumn } from './tuple-layout.ts';

const fixed = (widthBytes: 1 | 2 | 4 | 8, nullFraction = 0): StoredColumn => ({
  widthBytes,
  nullFraction,
  alignment: widthBytes,
  isFixed: true,
});
const text = (widthBytes: number): StoredColumn => ({
  widthBytes,
  nullFraction: 0,
  alignment: 1,
  isFixed: false,
});
const type = (name: string, lengthBytes: number): TypeFact => ({
  oid: 1,
  name,
  category: 'U',
  lengthBytes,
  baseTypeOid: null,
});

describe('expectedRowBytes', () => {
  it('pads as the columns are ordered', () => {
    expect(expectedRowBytes([fixed(4), fixed(8), fixed(4), fixed(8)])).toBe(32);
    expect(expectedRowBytes([fixed(8), fixed(8), fixed(4), fixed(4)])).toBe(24);
    expect(expectedRowBytes([fixed(1), fixed(2), fixed(1), fixed(4)])).toBe(16);
  });

  it('fills up to 8 bytes at the end', () => {
    expect(expectedRowBytes([fixed(4)])).toBe(8);
    expect(expectedRowBytes([])).toBe(0);
  });

  it('counts what is NULL as absent, padding included', () => {
    expect(expectedRowBytes([fixed(4), fixed(8, 1)])).toBe(8);
    expect(expectedRowBytes([fixed(4), fixed(8, 0.5)])).toBe(12);
  });

  it('halves the odds after text between its mean width and any width', () => {
    // 10 bytes need 6 of padding up to 16; any width needs 3.5 on average.
    expect(expectedRowBytes([text(10)])).toBeCloseTo(10 + (6 + 3.5) / 2);
    expect(expectedRowBytes([text(10), fixed(8)])).toBeCloseTo(10 + (6 + 3.5) / 2 + 8);
  });
});

describe('storedColumn', () => {
  const statistics = { averageWidthBytes: 20, nullFraction: 0.25 };

  it('takes the length of the type where it has one, and its alignment', () => {
    expect(storedColumn(type('bigint', 8), undefined, statistics)).toMatchObject({
      widthBytes: 8,
      alignment: 8,
    });
    expect(storedColumn(type('uuid', 16), undefined, statistics)).toMatchObject({
      widthBytes: 16,
      alignment: 1,
    });
    expect(storedColumn(type('interval', 16), undefined, statistics)).toMatchObject({ alignment: 8 });
  });

  it('takes the mean width of the rest, aligned once it needs a long header', () => {
    expect(storedColumn(type('text', -1), undefined, statistics)).toMatchObject({
      widthBytes: 20.5,
      alignment: 1,
    });
    expect(
      storedColumn(type('text', -1), undefined, { ...statistics, averageWidthBytes: 500 }),
    ).toMatchObject({
      alignment: 4,
    });
  });

  it('gives up on name, also behind a domain', () => {
    expect(storedColumn(type('name', 64), undefined, statistics)).toBeNull();
    expect(storedColumn(type('my_name', 64), type('name', 64), statistics)).toBeNull();
  });
});
