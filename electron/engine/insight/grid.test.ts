import { describe, expect, it } from 'vitest';
import type { GridQuery } from '#shared/model/insight.ts';
import { type Grid, gridPage, oncePer } from './grid.ts';

interface Row {
  readonly name: string;
  readonly size: number | null;
  readonly isOn: boolean;
}

const ROWS: readonly Row[] = [
  { name: 'item 10', size: 9, isOn: true },
  { name: 'item 9', size: null, isOn: false },
  { name: 'Item 1', size: 100, isOn: true },
  { name: 'other', size: 9, isOn: false },
  { name: 'last', size: Number.NaN, isOn: true },
];
const grid: Grid<Row> = { rows: ROWS, text: (row) => row.name };
const page = (query: Partial<GridQuery>) =>
  gridPage(grid, { sortBy: 'name', direction: 'ascending', filter: '', offset: 0, limit: 100, ...query });
const names = (query: Partial<GridQuery>): string[] => page(query).rows.map((row) => row.name);

describe('a stretch of a grid', () => {
  it('sorts numbers by value, not by their digits; ties stay in the order of the rows', () => {
    expect(names({ sortBy: 'size' })).toEqual(['item 10', 'other', 'Item 1', 'item 9', 'last']);
  });

  it('puts what is not known last, both ways', () => {
    expect(names({ sortBy: 'size', direction: 'descending' })).toEqual([
      'Item 1',
      'item 10',
      'other',
      'item 9',
      'last',
    ]);
  });

  it('sorts text as people do: numbers in it by value, without regard to case', () => {
    expect(names({})).toEqual(['Item 1', 'item 9', 'item 10', 'last', 'other']);
  });

  it('sorts yes and no', () => {
    expect(names({ sortBy: 'isOn', direction: 'descending' }).slice(3)).toEqual(['item 9', 'other']);
  });

  it('sorts by what the grid says, before the field of that name', () => {
    const byLetters = { ...grid, orders: { name: (row: Row) => row.name.length, none: () => null } };
    const sorted = (sortBy: string) =>
      gridPage(byLetters, { sortBy, direction: 'ascending', filter: '', offset: 0, limit: 2 }).rows;
    expect(sorted('name').map((row) => row.name)).toEqual(['last', 'other']);
    expect(sorted('none').map((row) => row.name)).toEqual(['item 10', 'item 9']);
    expect(sorted('size').map((row) => row.size)).toEqual([9, 9]);
  });

  it('leaves the rows as they are where the field is unknown', () => {
    expect(names({ sortBy: 'nothing' })).toEqual(ROWS.map((row) => row.name));
  });

  it('finds rows in which every word occurs, in any case and order', () => {
    expect(names({ filter: '1  ITEM' })).toEqual(['Item 1', 'item 10']);
    expect(page({ filter: 'nowhere' })).toEqual({ total: 0, of: 5, offset: 0, rows: [] });
  });

  it('counts what matches and all there is, whatever the stretch', () => {
    expect(page({ filter: 'item', offset: 1, limit: 1 })).toMatchObject({
      total: 3,
      of: 5,
      offset: 1,
      rows: [{ name: 'item 9' }],
    });
  });

  it('has no rows beyond the end', () => {
    expect(page({ offset: 4, limit: 10 }).rows.map((row) => row.name)).toEqual(['other']);
    expect(page({ offset: 5 }).rows).toEqual([]);
    expect(page({ offset: 1_000 }).rows).toEqual([]);
  });

  it('remembers orders and does not mix them up', () => {
    const before = names({ filter: 'item' });
    for (const sortBy of ['size', 'isOn', 'name', 'nothing']) {
      for (const direction of ['ascending', 'descending'] as const)
        names({ sortBy, direction, filter: 'last' });
    }
    expect(names({ filter: 'item' })).toEqual(before);
  });

  it('stitches together to the whole', () => {
    const stitched = [0, 2, 4].flatMap((offset) => names({ sortBy: 'size', offset, limit: 2 }));
    expect(stitched).toEqual(names({ sortBy: 'size' }));
  });
});

it('makes a model once per object, also where the model is undefined', () => {
  let made = 0;
  const make = oncePer((_key: object) => {
    made += 1;
    return undefined;
  });
  const key = {};
  make(key);
  make(key);
  make({});
  expect(made).toBe(2);
});
