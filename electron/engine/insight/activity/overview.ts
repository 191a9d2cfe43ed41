import {
  type ActivityOverview,
  type BlockingRow,
  LONG_TRANSACTION_MS,
  MOST_SESSIONS,
  type SessionRow,
} from '#shared/model/activity.ts';
import type { ActivityFact } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { blockingTrees } from '#engine/audit/blocking-tree.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { clientSessions, connectionLimit, countBy, isIdleInTransaction } from '#engine/audit/connections.ts';
import { describeSession } from '#engine/audit/session-fixes.ts';
import { progressRows } from '../progress.ts';

/** What happens now; pure over one snapshot. */
export function activityOverview({ facts }: Snapshot): ActivityOverview {
  const activity = facts.activity ?? [];
  const clients = clientSessions(activity);
  const limit = connectionLimit(new Catalog(facts));
  return {
    connections: {
      total: clients.length,
      byState: countBy(clients, (a) => a.state ?? 'hidden from this role').map(([state, count]) => ({
        state,
        count,
      })),
      max: limit?.max ?? null,
      usable: limit?.usable ?? null,
      reserved: limit?.reserved ?? null,
      own: activity.filter((a) => a.isOwn).length,
    },
    sessions: activity
      .map(toRow)
      .sort((a, b) => (b.xactAgeMs ?? -1) - (a.xactAgeMs ?? -1) || a.pid - b.pid)
      .slice(0, MOST_SESSIONS),
    sessionCount: activity.length,
    trees: blockingRows(activity),
    longTransactions: clients.filter((a) => (a.xactAgeMs ?? 0) >= LONG_TRANSACTION_MS).length,
    idleInTransaction: clients.filter(isIdleInTransaction).length,
    prepared: facts.preparedTransactions ?? [],
    progress: progressRows(facts),
  };
}

function toRow(session: ActivityFact): SessionRow {
  return {
    pid: session.pid,
    backendStartedAt: session.backendStartedAt,
    role: session.role,
    database: session.database,
    application: session.application,
    client: session.clientAddress,
    type: session.backendType,
    state: session.state,
    wait:
      session.waitEventType === null ||
      session.waitEventType === 'Client' ||
      session.waitEventType === 'Activity'
        ? null
        : `${session.waitEventType}: ${session.waitEvent}`,
    xactAgeMs: session.xactAgeMs,
    queryAgeMs: session.state === 'active' ? session.queryAgeMs : null,
    stateAgeMs: session.stateAgeMs,
    query: session.query,
    isOwn: session.isOwn,
    isClient:
      session.backendType === 'client backend' || (session.backendType === null && session.role !== null),
    blockedBy: session.blockedBy,
  };
}

/** Depth first; a session that waits behind several stands under each, once per root. */
function blockingRows(activity: readonly ActivityFact[]): BlockingRow[] {
  const sessions = new Map(activity.map((a) => [a.pid, a]));
  return blockingTrees(activity).flatMap((tree) => {
    const rows: BlockingRow[] = [];
    const seen = new Set<number>();
    const visit = (pid: number, depth: number): void => {
      if (seen.has(pid)) return;
      seen.add(pid);
      const behind = tree.waiters.filter((w) => w.blockedBy.includes(pid));
      rows.push(blockingRow(tree.rootPid, pid, depth, sessions.get(pid), tree.waiters));
      for (const waiter of behind) visit(waiter.pid, depth + 1);
    };
    visit(tree.rootPid, 0);
    return rows;
  });
}

function blockingRow(
  rootPid: number,
  pid: number,
  depth: number,
  session: ActivityFact | undefined,
  waiters: readonly ActivityFact[],
): BlockingRow {
  const behind = new Set<number>([pid]);
  let before = 0;
  while (behind.size > before) {
    before = behind.size;
    for (const w of waiters) if (w.blockedBy.some((other) => behind.has(other))) behind.add(w.pid);
  }
  return {
    id: `${rootPid} ${pid}`,
    depth,
    pid,
    backendStartedAt: session?.backendStartedAt ?? null,
    who: session
      ? describeSession(session)
      : pid === 0
        ? 'a prepared transaction'
        : `pid ${pid}, gone meanwhile`,
    state: session?.state ?? null,
    waitMs: depth === 0 ? null : (session?.lockWaitMs ?? session?.queryAgeMs ?? null),
    lockMode: depth === 0 ? null : (session?.lockMode ?? null),
    relation: depth === 0 ? null : (session?.lockRelation ?? null),
    waiters: behind.size - 1,
    query: session?.query ?? null,
  };
}
