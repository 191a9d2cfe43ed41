import { expect, it } from 'vitest';
import { keptColumns } from './kept-columns.ts';

it('shows of statements what tells most, and has every name that any row has', () => {
  const columns = keptColumns([
    { dbid: 5, calls: 3, query: 'SELECT 1', total_exec_time: 1.5, rows: 2 },
    { dbid: 5, calls: 1, query: null, total_exec_time: 0, rows: 1, wal: { bytes: 3 }, toplevel: true },
  ]);
  expect(columns.map(({ id, isExtra }) => (isExtra ? `(${id})` : id))).toEqual([
    'query',
    'calls',
    'total_exec_time',
    'rows',
    '(dbid)',
    '(toplevel)',
    '(wal)',
  ]);
  const last = { calls: 1, query: null, wal: { bytes: 3 }, toplevel: true };
  expect(columns.map(({ value }) => value(last))).toEqual([null, 1, null, null, null, 'true', '{"bytes":3}']);
  expect(columns.filter(({ isNumeric }) => isNumeric).map(({ id }) => id)).toEqual([
    'calls',
    'total_exec_time',
    'rows',
    'dbid',
  ]);
});

it('shows the first columns of rows that it knows nothing about', () => {
  const columns = keptColumns([{ e: 1, d: 2, c: 3, b: 4, a: 5 }]);
  expect(columns.filter(({ isExtra }) => !isExtra).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
});
