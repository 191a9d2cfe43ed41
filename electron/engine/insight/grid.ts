import type { GridPage, GridQuery } from '#shared/model/insight.ts';

/** A list that pages look at through a window: rows, and what a filter looks through. */
export interface Grid<Row extends object> {
  readonly rows: readonly Row[];
  /** Text of a row that the filter searches; names, not numbers. */
  readonly text: (row: Row) => string;
  /** What rows are sorted by where it is not the field of that name: numbers that are kept as text, parts of a field. */
  readonly orders?: Readonly<Record<string, (row: Row) => Comparable>>;
}

export type Comparable = number | string | boolean | null | undefined;

/**
 * One stretch of a grid. Orders and filter texts are remembered as long as the grid is: scrolling through 50,000 rows
 * sorts them once. An unknown `sortBy` leaves the rows as they are.
 */
export function gridPage<Row extends object>(grid: Grid<Row>, query: GridQuery): GridPage<Row> {
  const matching = select(grid, query);
  return {
    total: matching.length,
    of: grid.rows.length,
    offset: query.offset,
    rows: matching
      .slice(query.offset, query.offset + query.limit)
      .flatMap((at) => grid.rows.slice(at, at + 1)),
  };
}

/** Calls `make` once per object: models are made once per reading, not once per request. */
export function oncePer<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    const known = made.get(key) ?? { value: make(key) };
    made.set(key, known);
    return known.value;
  };
}

/** A page scrolls through one order at a time; a few more serve several windows. */
const MOST_SELECTIONS = 6;

const selections = oncePer((_grid: object) => new Map<string, readonly number[]>());
const texts = oncePer(<Row extends object>(grid: Grid<Row>) =>
  grid.rows.map((row) => grid.text(row).toLowerCase()),
) as <Row extends object>(grid: Grid<Row>) => readonly string[];

function select<Row extends object>(grid: Grid<Row>, query: GridQuery): readonly number[] {
  const known = selections(grid);
  const key = JSON.stringify([query.sortBy, query.direction, query.filter]);
  const found = known.get(key);
  if (found) return found;
  const words = query.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const all = sorted(grid, query);
  const searched = words.length === 0 ? [] : texts(grid);
  const matching =
    words.length === 0 ? all : all.filter((at) => words.every((w) => searched[at]?.includes(w)));
  for (const oldest of known.keys()) {
    if (known.size < MOST_SELECTIONS) break;
    known.delete(oldest);
  }
  known.set(key, matching);
  return matching;
}

function sorted<Row extends object>(grid: Grid<Row>, query: GridQuery): readonly number[] {
  const known = selections(grid);
  const key = JSON.stringify([query.sortBy, query.direction]);
  const found = known.get(key);
  if (found) return found;
  const valueOf = grid.orders?.[query.sortBy] ?? ((row: Row): unknown => Reflect.get(row, query.sortBy));
  const values = grid.rows.map((row) => comparable(valueOf(row)));
  const sign = query.direction === 'ascending' ? 1 : -1;
  const order = values.map((_, at) => at).sort((a, b) => compare(values[a], values[b], sign));
  known.set(key, order);
  return order;
}

const collator = new Intl.Collator('en', { numeric: true });

function comparable(value: unknown): number | string | null {
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' ? value : null;
}

function compare(a: number | string | null | undefined, b: typeof a, sign: 1 | -1): number {
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1;
  if (b === null || b === undefined) return -1;
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
  return sign * collator.compare(String(a), String(b));
}
