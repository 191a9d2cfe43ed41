import type { ActivityFact } from '#shared/model/facts.ts';
import { formatCountOf, formatDuration } from '#shared/model/format.ts';
import type { CheckContext, Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { clientSessions, isIdleInTransaction } from '#engine/audit/connections.ts';
import { describeSession, sessionRef, terminateSession } from '#engine/audit/session-fixes.ts';
import { shortQuery } from '#engine/audit/statement-load.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';

export const idleInTransaction = defineCheck({
  id: 'idle-in-transaction',
  title: 'Session idles in an open transaction',
  category: 'reliability',
  topic: 'connections',
  severity: 'high',
  why: 'A session that waits inside a transaction keeps its locks and often a snapshot: others queue behind it, and VACUUM can not remove what it might still see.',
  rule: 'Medium where a session is idle in transaction for 5 minutes; high from 30 minutes, or where another session has waited for it for 30 seconds.',
  remedy:
    'Commit or roll back sooner in the application, and set idle_in_transaction_session_timeout for its role.',
  docs: 'https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT',
  needs: ['activity'],
  thresholds: { mediumMs: 5 * 60_000, highMs: 30 * 60_000, blockedMs: 30_000 },
  evaluate({ activity }, context) {
    const waitersOf = groupWaiters(activity);
    return clientSessions(activity).flatMap((session): Draft[] => {
      if (!isIdleInTransaction(session)) return [];
      const waiters = waitersOf.get(session.pid) ?? [];
      return judge(session, waiters, context);
    });
  },
});

function judge(session: ActivityFact, waiters: readonly ActivityFact[], { limit }: CheckContext): Draft[] {
  const idleMs = session.stateAgeMs ?? 0;
  const longestWaitMs = Math.max(0, ...waiters.map((w) => w.lockWaitMs ?? w.queryAgeMs ?? 0));
  const isBlocking = waiters.length > 0 && longestWaitMs >= limit('blockedMs');
  if (idleMs < limit('mediumMs') && !isBlocking) return [];
  const blocking =
    waiters.length === 0 ? '' : ` and blocks ${formatCountOf(waiters.length, 'other session')}`;
  return [
    {
      severity: idleMs >= limit('highMs') || isBlocking ? 'high' : 'medium',
      confidence: 'certain',
      confidenceReason: 'Read from the running server.',
      object: sessionRef(session),
      message: `${describeSession(session)} is idle in a transaction for ${formatDuration(idleMs)}${blocking}.`,
      evidence: {
        pid: session.pid,
        role: session.role,
        database: session.database,
        application: session.application,
        clientAddress: session.clientAddress,
        state: session.state,
        idleMs,
        transactionMs: session.xactAgeMs,
        blockedPids: waiters.map((w) => String(w.pid)),
        longestWaitMs: waiters.length === 0 ? null : longestWaitMs,
        holdsXid: session.backendXidAge !== null,
        holdsSnapshot: session.backendXminAge !== null,
        lastQuery: shortQuery(session.query),
      },
      gain: { text: 'Its locks are released' },
      fix: terminateSession(session, preventionNotes(session)),
    },
  ];
}

function preventionNotes(session: ActivityFact): string[] {
  if (session.role === null) return [];
  return [
    `To prevent it: ALTER ROLE ${quoteIdentifier(session.role)} SET idle_in_transaction_session_timeout = '5min'; (undo: ALTER ROLE ${quoteIdentifier(session.role)} RESET idle_in_transaction_session_timeout;)`,
  ];
}

function groupWaiters(activity: readonly ActivityFact[]): Map<number, ActivityFact[]> {
  const waiters = new Map<number, ActivityFact[]>();
  for (const session of activity) {
    for (const pid of new Set(session.blockedBy)) {
      const list = waiters.get(pid);
      if (list) list.push(session);
      else waiters.set(pid, [session]);
    }
  }
  return waiters;
}
