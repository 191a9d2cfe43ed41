import type { TypeFact } from '#shared/model/facts.ts';

/** One stored column, as the row layout sees it. */
export interface StoredColumn {
  /** Mean stored width in bytes of the values that are not NULL, header included (pg_stats.avg_width). */
  readonly widthBytes: number;
  /** 0–1. */
  readonly nullFraction: number;
  /** Where a value may start: 1, 2, 4 or 8. */
  readonly alignment: Alignment;
  /** All values have the same width. */
  readonly isFixed: boolean;
}

export type Alignment = 1 | 2 | 4 | 8;

/** MAXALIGN of every 64-bit platform. */
export const MAX_ALIGN = 8;

/**
 * Expected bytes of the columns of one row, padding between them and up to MAXALIGN at the end included.
 * It follows the odds of where each column starts within an 8-byte word: padding alone can be 10 % of a table and
 * more, which formulas that add up widths miss. Layout: https://www.postgresql.org/docs/current/storage-page-layout.html
 */
export function expectedRowBytes(columns: readonly StoredColumn[]): number {
  let bytes = 0;
  // odds[p] = chance that the next free byte is at p modulo 8. Rows start aligned.
  let odds = [1, 0, 0, 0, 0, 0, 0, 0];
  for (const column of columns) {
    const isPresent = 1 - column.nullFraction;
    const next = odds.map((p) => p * column.nullFraction);
    for (const [offset, p] of odds.entries()) {
      if (p === 0 || isPresent === 0) continue;
      const padding = (column.alignment - (offset % column.alignment)) % column.alignment;
      bytes += p * isPresent * (padding + column.widthBytes);
      const chance = p * isPresent;
      const end = (offset + padding + Math.round(column.widthBytes)) % MAX_ALIGN;
      // How much text varies in length is not recorded: half the odds for "always the mean" (ids, hashes), half for
      // "any end is as likely" (prose). Either alone is off by up to 3.5 bytes on the other.
      const sure = column.isFixed ? chance : chance / 2;
      next[end] = (next[end] ?? 0) + sure;
      for (let any = 0; any < MAX_ALIGN; any += 1) next[any] = (next[any] ?? 0) + (chance - sure) / MAX_ALIGN;
    }
    odds = next;
  }
  return bytes + odds.reduce((sum, p, offset) => sum + p * ((MAX_ALIGN - offset) % MAX_ALIGN), 0);
}

/** How a column of this type is stored; null for types whose estimate is known to be wrong (`name`). */
export function storedColumn(
  type: TypeFact | undefined,
  baseType: TypeFact | undefined,
  statistics: { readonly averageWidthBytes: number; readonly nullFraction: number },
): StoredColumn | null {
  const name = baseType?.name ?? type?.name ?? '';
  // pg_stats tells the trimmed width of a name in an index, but tables store all 64 bytes.
  if (name === 'name') return null;
  const { averageWidthBytes, nullFraction } = statistics;
  const lengthBytes = type?.lengthBytes ?? -1;
  if (lengthBytes > 0) {
    return {
      widthBytes: lengthBytes,
      nullFraction,
      alignment: fixedAlignment(name, lengthBytes),
      isFixed: true,
    };
  }
  // Values up to 126 bytes have a one-byte header and need no alignment; longer ones start at 4 bytes.
  const alignment = averageWidthBytes > 126 ? 4 : 1;
  // ANALYZE cuts off the fraction of the mean.
  return { widthBytes: averageWidthBytes + 0.5, nullFraction, alignment, isFixed: false };
}

/** pg_type.typalign is not among the facts: it follows from the length, but for these types. */
const ALIGNMENTS: Readonly<Record<string, Alignment>> = {
  uuid: 1,
  macaddr: 4,
  macaddr8: 4,
  tid: 2,
  interval: 8,
  'time with time zone': 8,
};

function fixedAlignment(name: string, lengthBytes: number): Alignment {
  const known = ALIGNMENTS[name];
  if (known) return known;
  return lengthBytes === 1 || lengthBytes === 2 || lengthBytes === 4 ? lengthBytes : 8;
}

export function maxAligned(bytes: number): number {
  return Math.ceil(bytes / MAX_ALIGN) * MAX_ALIGN;
}
