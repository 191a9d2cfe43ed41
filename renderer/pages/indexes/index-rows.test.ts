import { expect, test } from 'vitest';
import { INDEX_FLAG, type IndexColumns } from '#shared/model/indexes.ts';
import { flagWords, searchTexts, selectRows } from './index-rows.ts';

const { neverScanned, removable, primary, unique } = INDEX_FLAG;
const COLUMNS: IndexColumns = {
  oid: [1, 2, 3],
  schema: ['public', 'public', 'app'],
  table: ['posts', 'posts', 'Users'],
  name: ['posts_pkey', 'idx_posts_date', 'users_email_key'],
  accessMethod: ['btree', 'btree', 'btree'],
  columns: ['id', 'date DESC', 'email'],
  sizeBytes: [10, 20, 30],
  scans: [5, 0, 0],
  lastScanAt: [null, null, null],
  flags: [primary | unique, neverScanned | removable, neverScanned | unique],
};
const texts = searchTexts(COLUMNS);
const select = (tab: Parameters<typeof selectRows>[2], filter = '', removableOnly = false) =>
  selectRows(COLUMNS, texts, tab, filter, removableOnly);

test('tabs', () => {
  expect(select('all')).toEqual([0, 1, 2]);
  expect(select('unused')).toEqual([1, 2]);
  expect(select('unused', '', true)).toEqual([1]);
  expect(select('used')).toEqual([0]);
});

test('every word must occur in schema, table, name or columns', () => {
  expect(select('all', 'POSTS date')).toEqual([1]);
  expect(select('all', 'app.users')).toEqual([2]);
  expect(select('all', 'posts email')).toEqual([]);
});

test('flags in words', () => {
  expect(flagWords(primary | unique)).toEqual(['primary key']);
  expect(flagWords(unique | removable | neverScanned)).toEqual(['unique', 'removable']);
  expect(flagWords(0)).toEqual([]);
});
