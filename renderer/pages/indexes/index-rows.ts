import { INDEX_FLAG } from '#shared/model/indexes.ts';

/** What is special about an index, most telling first. */
export function flagWords(flags: number): string[] {
  const has = (flag: keyof typeof INDEX_FLAG): boolean => (flags & INDEX_FLAG[flag]) !== 0;
  return FLAG_WORDS.filter(([flag]) => has(flag) && !SAID_BY[flag]?.some(has)).map(([, word]) => word);
}

/** A word that a stronger one has said already only costs room: every primary key is unique. */
const SAID_BY: Readonly<Partial<Record<keyof typeof INDEX_FLAG, readonly (keyof typeof INDEX_FLAG)[]>>> = {
  unique: ['primary'],
  invalid: ['failedCopy', 'oldCopy', 'changing'],
};

const FLAG_WORDS: readonly (readonly [keyof typeof INDEX_FLAG, string])[] = [
  ['failedCopy', 'invalid copy of a failed REINDEX: drop'],
  ['oldCopy', 'old copy left by REINDEX: drop'],
  ['changing', 'being built or dropped'],
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
