import { expect, test } from 'vitest';
import type { LockMode } from '#shared/model/finding.ts';
import type { PlanAction } from '#shared/model/plan.ts';
import { locksOf } from './lock-words.ts';

const action = (lock: LockMode, table: string, lockInWords: string): PlanAction => ({
  title: 'Do it',
  sql: ['SELECT 1'],
  undo: [],
  risk: 'R2',
  lock,
  lockInWords,
  inTransaction: true,
  notes: [],
  object: { kind: 'index', oid: 1, schema: 'public', name: `${table}_idx`, table },
  way: 'none',
  freedBytes: null,
});

test('one line for each kind of lock, the strictest first, each table once', () => {
  expect(
    locksOf([
      action('SHARE UPDATE EXCLUSIVE', 'posts', 'Reads and writes of posts go on.'),
      action('ACCESS EXCLUSIVE', 'users', 'Nobody can read users for a moment.'),
      action('SHARE UPDATE EXCLUSIVE', 'posts', 'Reads and writes of posts go on.'),
      action('SHARE UPDATE EXCLUSIVE', 'channels', 'Reads and writes of channels go on.'),
    ]),
  ).toEqual([
    { lock: 'ACCESS EXCLUSIVE', words: 'Nobody can read users for a moment.', names: ['users'] },
    {
      lock: 'SHARE UPDATE EXCLUSIVE',
      words: 'Reads and writes go on; only other schema changes and VACUUM of the same table wait.',
      names: ['posts', 'channels'],
    },
  ]);
});

test('what locks nothing names nothing', () => {
  expect(locksOf([action('none', 'work_mem', '')])).toEqual([
    { lock: 'none', words: 'No table is locked.', names: [] },
  ]);
});
