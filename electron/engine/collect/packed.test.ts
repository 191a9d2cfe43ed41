import { expect, it } from 'vitest';
import { createIntListReader, PackedRow } from './packed.ts';

it('reads whole numbers, words and the rest in order', () => {
  const row = new PackedRow();
  row.open('16384|-1|0|9007199254740991|p|{1,2}|1 2|');
  expect([row.int(), row.int(), row.int(), row.int()]).toEqual([16_384, -1, 0, 9_007_199_254_740_991]);
  expect([row.word(), row.word()]).toEqual(['p', '{1,2}']);
  expect(row.rest()).toBe('1 2|');
  row.open('7|x');
  expect([row.int(), row.word(), row.rest(), row.word()]).toEqual([7, 'x', '', '']);
});

it('parses vectors and arrays, and shares equal ones', () => {
  const read = createIntListReader();
  expect([read('1 2 3'), read('{4,-5}'), read('{}'), read('')]).toEqual([[1, 2, 3], [4, -5], [], []]);
  expect(read('1 2 3')).toBe(read('1 2 3'));
});
