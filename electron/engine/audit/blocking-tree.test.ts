import { describe, expect, it } from 'vitest';
import type { ActivityFact } from '#shared/model/facts.ts';
import { blockingTrees } from './blocking-tree.ts';

const session = (pid: number, blockedBy: number[] = [], lockWaitMs: number | null = 1000): ActivityFact =>
  ({
    pid,
    blockedBy,
    lockWaitMs: blockedBy.length > 0 ? lockWaitMs : null,
    queryAgeMs: 9000,
  }) as unknown as ActivityFact;

describe('blockingTrees', () => {
  it('finds nothing where nobody waits', () => {
    expect(blockingTrees([session(1), session(2)])).toEqual([]);
  });

  it('puts direct and indirect waiters under their root', () => {
    const [tree, ...others] = blockingTrees([session(1), session(2, [1], 500), session(3, [2, 1], 2000)]);
    expect(others).toEqual([]);
    expect(tree?.rootPid).toBe(1);
    expect(tree?.waiters.map((w) => w.pid)).toEqual([3, 2]);
    expect(tree?.longestWaitMs).toBe(2000);
    expect(tree?.lines[0]).toBe('pid 3 waits 2 s behind 2, 1');
  });

  it('shows a waiter under each of its roots', () => {
    const trees = blockingTrees([session(1), session(2), session(3, [1, 2])]);
    expect(trees.map((t) => t.rootPid)).toEqual([1, 2]);
  });

  it('ends on a ring, which the deadlock detector is about to break', () => {
    expect(blockingTrees([session(1, [2]), session(2, [1])])).toEqual([]);
    const [tree] = blockingTrees([session(1, [2, 9]), session(2, [1]), session(9)]);
    expect(tree?.waiters.map((w) => w.pid).sort()).toEqual([1, 2]);
  });

  it('knows prepared transactions (pid 0) and repeated blockers of parallel workers', () => {
    const [tree] = blockingTrees([session(3, [0, 0])]);
    expect(tree).toMatchObject({ rootPid: 0, root: undefined });
    expect(tree?.lines).toEqual(['pid 3 waits 1 s behind a prepared transaction']);
  });

  it('falls back on the age of the query before 14', () => {
    const [tree] = blockingTrees([session(1), session(2, [1], null)]);
    expect(tree).toMatchObject({ longestWaitMs: 9000, isWaitExact: false });
  });

  // Half a million edges: a cubic walk would run into the timeout of the test.
  it('takes a queue of a thousand in its stride', () => {
    const queue = Array.from({ length: 1000 }, (_, i) =>
      session(i, i === 0 ? [] : Array.from({ length: i }, (_, k) => k)),
    );
    expect(blockingTrees(queue)[0]?.waiters).toHaveLength(999);
  });
});
