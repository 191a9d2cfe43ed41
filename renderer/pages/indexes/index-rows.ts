import { INDEX_FLAG, type IndexColumns } from '#shared/model/indexes.ts';

/** Position of an index in the columns of the overview. */
export type IndexRow = number;

export type IndexTab = 'tables' | 'all' | 'unused' | 'duplicates' | 'used';
export const INDEX_TABS: readonly { readonly tab: IndexTab; readonly title: string }[] = [
  { tab: 'tables', title: 'By table' },
  { tab: 'all', title: 'All' },
  { tab: 'unused', title: 'Unused' },
  { tab: 'duplicates', title: 'Duplicates' },
  { tab: 'used', title: 'Most used' },
];

/** Lower-case text of every index, made once: filtering 50,000 of them must keep up with typing. */
export function searchTexts(columns: IndexColumns): string[] {
  return columns.name.map((name, row) =>
    `${columns.schema[row]}.${columns.table[row]} ${name} ${columns.columns[row]}`.toLowerCase(),
  );
}

export function selectRows(
  columns: IndexColumns,
  texts: readonly string[],
  tab: IndexTab,
  filter: string,
  removableOnly: boolean,
): IndexRow[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const rows: IndexRow[] = [];
  for (const [row, text] of texts.entries()) {
    if (tab === 'unused') {
      if (!hasFlag(columns, row, 'neverScanned')) continue;
      if (removableOnly && !hasFlag(columns, row, 'removable')) continue;
    }
    if (tab === 'used' && (columns.scans[row] ?? 0) === 0) continue;
    if (words.every((word) => text.includes(word))) rows.push(row);
  }
  return rows;
}

export function hasFlag(columns: IndexColumns, row: IndexRow, flag: keyof typeof INDEX_FLAG): boolean {
  return ((columns.flags[row] ?? 0) & INDEX_FLAG[flag]) !== 0;
}

/** What is special about an index, most telling first. */
export function flagWords(flags: number): string[] {
  const has = (flag: keyof typeof INDEX_FLAG): boolean => (flags & INDEX_FLAG[flag]) !== 0;
  // Every primary key is unique: saying so twice only costs room.
  return FLAG_WORDS.filter(([flag]) => has(flag) && !(flag === 'unique' && has('primary'))).map(
    ([, word]) => word,
  );
}

const FLAG_WORDS: readonly (readonly [keyof typeof INDEX_FLAG, string])[] = [
  ['invalid', 'invalid'],
  ['primary', 'primary key'],
  ['exclusion', 'exclusion'],
  ['unique', 'unique'],
  ['duplicate', 'duplicate'],
  ['covered', 'covered'],
  ['supportsForeignKey', 'foreign key'],
  ['partial', 'partial'],
  ['partitioned', 'partitioned'],
  ['removable', 'removable'],
];
