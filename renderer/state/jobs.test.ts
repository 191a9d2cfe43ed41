import { expect, test } from 'vitest';
import type { Job, JobAction, JobProgress } from '#shared/model/plan.ts';
import { doneInWords, follow, type FollowedJob, shareOf } from './jobs.ts';

const action = (outcome: JobAction['outcome']): JobAction => ({
  title: 'Vacuum orders',
  object: { kind: 'table', oid: 1, schema: 'public', name: 'orders', table: 'orders' },
  sql: ['VACUUM "public"."orders"'],
  undo: [],
  way: 'none needed',
  risk: 'R2',
  outcome,
  ran: 0,
  durationMs: null,
  error: null,
  measures: [],
  freedBytes: null,
  notes: [],
});

const job = (...outcomes: readonly JobAction['outcome'][]): Job => ({
  id: 'a'.repeat(16),
  title: 'Vacuum tables',
  risk: 'R2',
  database: 'shop on localhost:5432',
  role: 'ana',
  by: 'ana, desktop',
  startedAt: '2026-11-26T17:00:00.000Z',
  endedAt: null,
  outcome: 'running',
  actions: outcomes.map(action),
  recheck: [],
  leftovers: [],
  freedBytes: null,
  undoneBy: null,
  undoes: null,
  noUndo: null,
});

const progress = (percent: number | null): JobProgress => ({
  phase: 'scanning heap',
  percent,
  blockers: [],
  attempt: 1,
  attempts: 1,
});

function known(followed: FollowedJob | null): FollowedJob {
  if (!followed) throw new Error('nothing is known');
  return followed;
}

test('events add up to what the dialog shows', () => {
  let followed = known(follow(undefined, { type: 'state', job: job('done', 'running', 'waiting') }, 'c'));
  expect(shareOf(followed)).toEqual({ ended: 1, share: 1 / 3 });
  followed = known(follow(followed, { type: 'progress', at: 1, progress: progress(50) }, 'c'));
  expect(shareOf(followed)).toEqual({ ended: 1, share: 0.5 });
  // The next action has no percentage yet: that of the one before does not count for it.
  followed = known(follow(followed, { type: 'action', at: 1, action: action('done') }, 'c'));
  expect(followed.progress).toBeNull();
  expect(shareOf(followed)).toEqual({ ended: 2, share: 2 / 3 });
  followed = known(
    follow({ ...followed, isRead: true }, { type: 'done', job: job('done', 'done', 'failed') }, 'c'),
  );
  expect(followed.isRead).toBe(true);
  expect(shareOf(followed)).toEqual({ ended: 3, share: 1 });
});

test('an event of a job that is not known yet waits for its state', () => {
  expect(follow(undefined, { type: 'action', at: 0, action: action('done') }, 'c')).toBeNull();
  expect(follow(undefined, { type: 'progress', at: 0, progress: progress(null) }, 'c')).toBeNull();
});

test('what was made is said with what was planned, unless that is the same', () => {
  expect(doneInWords(job('done'))).toBe('1 change made.');
  expect(doneInWords(job('done', 'failed', 'not run'))).toBe('1 change of 3 made.');
  expect(doneInWords(job('cancelled'))).toBe('0 changes of 1 made.');
});
