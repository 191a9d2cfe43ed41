import { expect, test } from 'vitest';
import { INDEX_FLAG } from '#shared/model/indexes.ts';
import { flagWords } from './index-rows.ts';

const { neverScanned, removable, primary, unique } = INDEX_FLAG;

test('flags in words', () => {
  expect(flagWords(primary | unique)).toEqual(['primary key']);
  expect(flagWords(unique | removable | neverScanned)).toEqual(['unique', 'removable']);
  expect(flagWords(0)).toEqual([]);
});
