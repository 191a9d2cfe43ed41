import { INDEX_FLAG } from '#shared/model/indexes.ts';

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
