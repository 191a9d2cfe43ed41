import type { ActivityFact } from '#shared/model/facts.ts';
import { formatDuration } from '#shared/model/format.ts';

/** Everyone who waits, directly or not, for one session that itself does not wait. */
export interface BlockingTree {
  readonly rootPid: number;
  /** Undefined where it was not seen: 0 is a prepared transaction, others ended meanwhile. */
  readonly root: ActivityFact | undefined;
  /** Longest wait first. */
  readonly waiters: readonly ActivityFact[];
  readonly longestWaitMs: number;
  /** False before 14, where the age of the query stands in for the wait. */
  readonly isWaitExact: boolean;
  /** "pid 12 waits 45 s for AccessExclusiveLock on orders behind 34". */
  readonly lines: readonly string[];
}

/** Trees of waiting sessions, one per root, longest wait first. A session behind two roots is in both trees. */
export function blockingTrees(activity: readonly ActivityFact[]): BlockingTree[] {
  const sessions = new Map(activity.map((a) => [a.pid, a]));
  const behind = new Map<number, ActivityFact[]>();
  for (const waiter of activity) {
    for (const pid of new Set(waiter.blockedBy)) {
      const list = behind.get(pid);
      if (list) list.push(waiter);
      else behind.set(pid, [waiter]);
    }
  }
  return [...behind.keys()]
    .filter((pid) => (sessions.get(pid)?.blockedBy.length ?? 0) === 0)
    .map((pid) => treeOf(pid, sessions.get(pid), waitersBehind(pid, behind)))
    .sort((a, b) => b.longestWaitMs - a.longestWaitMs || a.rootPid - b.rootPid);
}

/** Down from the root: a ring of waiters, before the deadlock detector ends it, has none and is left out. */
function waitersBehind(rootPid: number, behind: ReadonlyMap<number, ActivityFact[]>): ActivityFact[] {
  const found = new Map<number, ActivityFact>();
  const open = [...(behind.get(rootPid) ?? [])];
  for (let waiter = open.pop(); waiter !== undefined; waiter = open.pop()) {
    if (found.has(waiter.pid)) continue;
    found.set(waiter.pid, waiter);
    open.push(...(behind.get(waiter.pid) ?? []));
  }
  return [...found.values()];
}

function treeOf(rootPid: number, root: ActivityFact | undefined, group: ActivityFact[]): BlockingTree {
  const waiters = group.sort((a, b) => waitMs(b) - waitMs(a) || a.pid - b.pid);
  return {
    rootPid,
    root,
    waiters,
    longestWaitMs: waiters[0] ? waitMs(waiters[0]) : 0,
    isWaitExact: waiters.every((w) => w.lockWaitMs !== null),
    lines: waiters.slice(0, 20).map(lineOf),
  };
}

function waitMs(waiter: ActivityFact): number {
  return waiter.lockWaitMs ?? waiter.queryAgeMs ?? 0;
}

function lineOf(waiter: ActivityFact): string {
  const lock = waiter.lockMode ? ` for ${waiter.lockMode}` : '';
  const relation = waiter.lockRelation ? ` on ${waiter.lockRelation}` : '';
  const behind = [...new Set(waiter.blockedBy)].map((pid) => (pid === 0 ? 'a prepared transaction' : pid));
  return `pid ${waiter.pid} waits ${formatDuration(waitMs(waiter))}${lock}${relation} behind ${behind.join(', ')}`;
}
