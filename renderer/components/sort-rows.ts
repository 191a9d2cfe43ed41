export type SortValue = number | string | null;
export type SortDirection = 'ascending' | 'descending';

export interface Sort {
  readonly columnId: string;
  readonly direction: SortDirection;
}

/**
 * Rows by the raw value under the formatted text: bytes as numbers, names in natural order (`idx_2` before `idx_10`).
 * What is not known comes last, whichever way the column is sorted; equal values keep their order.
 */
export function sortRows<Row>(
  rows: readonly Row[],
  valueOf: (row: Row) => SortValue,
  direction: SortDirection,
): Row[] {
  const values = rows.map(valueOf);
  const sign = direction === 'ascending' ? 1 : -1;
  const order = values.map((_, i) => i).sort((a, b) => compare(values[a] ?? null, values[b] ?? null, sign));
  return order.flatMap((i) => rows.slice(i, i + 1));
}

const collator = new Intl.Collator('en', { numeric: true });

function compare(a: SortValue, b: SortValue, sign: 1 | -1): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
  return sign * collator.compare(String(a), String(b));
}
