import { expect, test } from 'vitest';
import { sortRows } from './sort-rows.ts';

const names = (rows: readonly { name: string }[]) => rows.map((row) => row.name).join(' ');

test('sizes sort as numbers, not as text', () => {
  const rows = [
    { name: 'mb', bytes: 2_000_000 },
    { name: 'kb', bytes: 900_000 },
    { name: 'gb', bytes: 1_000_000_000 },
    { name: 'none', bytes: null },
  ];
  expect(names(sortRows(rows, (row) => row.bytes, 'descending'))).toBe('gb mb kb none');
  expect(names(sortRows(rows, (row) => row.bytes, 'ascending'))).toBe('kb mb gb none');
});

test('names sort naturally and equal rows keep their order', () => {
  const rows = [{ name: 'idx_10' }, { name: 'idx_2' }, { name: 'Idx_2' }];
  expect(names(sortRows(rows, (row) => row.name, 'ascending'))).toBe('idx_2 Idx_2 idx_10');
  expect(names(sortRows(rows, () => 1, 'descending'))).toBe('idx_10 idx_2 Idx_2');
});

test('a row that is itself zero or undefined survives', () => {
  expect(sortRows([0, 2, 1], (row) => row, 'ascending')).toEqual([0, 1, 2]);
  expect(sortRows([undefined, undefined], () => null, 'ascending')).toHaveLength(2);
});
