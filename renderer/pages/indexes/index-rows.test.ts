import { expect, test } from 'vitest';
import { INDEX_FLAG } from '#shared/model/indexes.ts';
import { flagWords } from './index-rows.ts';

const { neverScanned, removable, primary, unique, invalid, failedCopy, changing } = INDEX_FLAG;

test('flags in words', () => {
  expect(flagWords(primary | unique)).toEqual(['primary key']);
  expect(flagWords(unique | removable | neverScanned)).toEqual(['unique', 'removable']);
  expect(flagWords(0)).toEqual([]);
});

test('an invalid index is named by what made it so', () => {
  expect(flagWords(invalid)).toEqual(['invalid']);
  expect(flagWords(invalid | failedCopy)).toEqual(['invalid copy of a failed REINDEX: drop']);
  expect(flagWords(invalid | changing)).toEqual(['being built or dropped']);
});
