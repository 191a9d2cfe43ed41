import { afterAll, expect, it } from 'vitest';
import { MOST_COPIES, MOST_COPY_BYTES } from './copies.ts';
import type { DatabaseIdentity } from './identity.ts';
import { openStore } from './open-store.ts';

const store = openStore(null);
afterAll(() => store.close());
const one: DatabaseIdentity = { key: 'one', label: 'one' };
const two: DatabaseIdentity = { key: 'two', label: 'two' };

function begin(database: DatabaseIdentity, id: string): void {
  store.journal.begin(
    database,
    {
      id,
      title: id,
      risk: 'R4',
      database: database.label,
      role: 'r',
      by: 'b',
      startedAt: new Date().toISOString(),
      endedAt: null,
      outcome: 'running',
      recheck: [],
      leftovers: [],
      freedBytes: null,
      undoneBy: null,
      undoes: null,
      noUndo: null,
      actionCount: 1,
      doneCount: 0,
    },
    { pid: 1, backendPid: 2 },
    [],
  );
}

it('keeps what a job destroyed, of each database the last ones', () => {
  begin(two, 'other');
  store.journal.keepCopy('other', 0, { title: 'rows', rows: ['{"a":1}', '{"b":"\\u00e9"}'] });
  const ids = Array.from({ length: MOST_COPIES + 2 }, (_, at) => `job-${at}`);
  for (const id of ids) {
    begin(one, id);
    store.journal.keepCopy(id, 0, { title: id, rows: [] });
  }
  expect(ids.filter((id) => store.journal.copies(one, id).length === 0)).toEqual(['job-0', 'job-1']);
  expect(store.journal.copies(two, 'other')).toMatchObject([{ title: 'rows', rows: [{ a: 1 }, { b: 'é' }] }]);
  expect(store.journal.copies(one, 'other')).toEqual([]);
});

it('keeps integers that no number can hold as they were', () => {
  begin(two, 'exact');
  const row = '{"id":-6712338470218495003,"calls":9007199254740991,"ms":0.25,"text":"12345678901234567890"}';
  store.journal.keepCopy('exact', 0, { title: 'exact', rows: [row] });
  expect(store.journal.copies(two, 'exact')[0]?.rows).toEqual([
    { id: '-6712338470218495003', calls: Number.MAX_SAFE_INTEGER, ms: 0.25, text: '12345678901234567890' },
  ]);
});

it('refuses what is too much to keep, and then keeps nothing of it', () => {
  begin(one, 'big');
  const row = `"${'x'.repeat(1024 * 1024 - 2)}"`;
  const rows = Array.from({ length: MOST_COPY_BYTES / (1024 * 1024) }, () => row);
  expect(() => store.journal.keepCopy('big', 0, { title: 'big', rows })).toThrow('keeps at most');
  expect(store.journal.copies(one, 'big')).toEqual([]);
});
