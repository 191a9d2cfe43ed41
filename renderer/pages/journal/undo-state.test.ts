import { expect, test } from 'vitest';
import type { JobSummary } from '#shared/model/plan.ts';
import { undoState } from './undo-state.ts';

const SUMMARY: JobSummary = {
  id: 'a'.repeat(16),
  title: 'Drop orders_idx',
  risk: 'R4',
  database: 'shop on localhost:5432',
  role: 'ana',
  by: 'ana, desktop',
  startedAt: '2026-11-26T17:00:00.000Z',
  endedAt: '2026-11-26T17:00:01.000Z',
  outcome: 'done',
  freedBytes: 8192,
  undoneBy: null,
  undoes: null,
  noUndo: null,
  actionCount: 1,
  doneCount: 1,
};

test.each<readonly [Partial<JobSummary>, string]>([
  [{}, 'possible'],
  [{ undoneBy: 'b' }, 'taken back'],
  [{ undoes: 'b' }, 'took one back'],
  [{ outcome: 'running', endedAt: null }, 'runs'],
  [{ outcome: 'failed', doneCount: 0 }, 'nothing ran'],
  // Nobody saw its end: what it did is known from the catalog, and the undo looks at that.
  [{ outcome: 'interrupted', doneCount: 0 }, 'possible'],
  [{ noUndo: 'There is nothing to put back.' }, 'not needed'],
  [{ noUndo: 'What it changed cannot be put back.' }, 'not possible'],
])('%o: %s', (change, words) => {
  expect(undoState({ ...SUMMARY, ...change })).toBe(words);
});
