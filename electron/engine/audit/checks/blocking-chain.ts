import type { ActivityFact } from '#shared/model/facts.ts';
import type { Fix, ObjectRef, Severity } from '#shared/model/finding.ts';
import { formatCountOf, formatDuration } from '#shared/model/format.ts';
import { type BlockingTree, blockingTrees } from '#engine/audit/blocking-tree.ts';
import type { CheckContext, Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { isIdleInTransaction } from '#engine/audit/connections.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { cancelQuery, describeSession, sessionRef, terminateSession } from '#engine/audit/session-fixes.ts';
import { shortQuery } from '#engine/audit/statement-load.ts';

export const blockingChain = defineCheck({
  id: 'blocking-chain',
  title: 'Sessions wait for a lock',
  category: 'reliability',
  topic: 'locks',
  severity: 'high',
  why: 'Everyone who needs the same lock queues behind the first holder, even readers behind a waiting ALTER TABLE. Connections fill up and the application stands still.',
  rule: 'One finding per session at the root of a chain: medium where someone has waited for 30 seconds, high from 5 minutes, or with 5 waiters of which one has waited for 5 seconds.',
  remedy:
    'Cancel the query of the root, end its session if it is idle, and set lock_timeout for schema changes.',
  docs: 'https://www.postgresql.org/docs/current/explicit-locking.html',
  needs: ['activity'],
  thresholds: { mediumMs: 30_000, highMs: 5 * 60_000, manyWaiters: 5, manyWaitersMs: 5000 },
  evaluate({ activity }, context) {
    return blockingTrees(activity).flatMap((tree): Draft[] => {
      const severity = severityOf(tree, context);
      return severity ? [draftOf(tree, severity)] : [];
    });
  },
});

function severityOf(tree: BlockingTree, { limit }: CheckContext): Severity | null {
  if (tree.longestWaitMs >= limit('highMs')) return 'high';
  if (tree.waiters.length >= limit('manyWaiters') && tree.longestWaitMs >= limit('manyWaitersMs'))
    return 'high';
  return tree.longestWaitMs >= limit('mediumMs') ? 'medium' : null;
}

function draftOf(tree: BlockingTree, severity: Severity): Draft {
  const { root, waiters } = tree;
  const [first] = waiters;
  const relation = first?.lockRelation ?? null;
  const sessions = formatCountOf(waiters.length, 'session');
  return {
    severity,
    confidence: tree.isWaitExact ? 'certain' : 'likely',
    confidenceReason: tree.isWaitExact
      ? 'Read from the running server.'
      : 'The start of the wait is not recorded before version 14: the age of the waiting query stands in for it.',
    object: objectOf(tree),
    message: `${rootWords(tree)} blocks ${sessions}${relation ? ` on ${relation}` : ''}, the longest for ${formatDuration(tree.longestWaitMs)}.`,
    evidence: {
      rootPid: tree.rootPid,
      rootState: root?.state ?? null,
      rootRole: root?.role ?? null,
      rootApplication: root?.application ?? null,
      rootTransactionMs: root?.xactAgeMs ?? null,
      rootQuery: root ? shortQuery(root.query) : null,
      waiters: waiters.length,
      longestWaitMs: tree.longestWaitMs,
      relation,
      lockMode: first?.lockMode ?? null,
      tree: tree.lines,
    },
    gain: { text: `${sessions} can go on` },
    fix: fixOf(tree),
  };
}

function objectOf({ root, rootPid }: BlockingTree): ObjectRef {
  if (root) return sessionRef(root);
  // pg_blocking_pids() gives 0 for a prepared transaction, which has no process.
  if (rootPid === 0) {
    return { kind: 'transaction', oid: 0, schema: null, name: 'prepared transaction', table: null };
  }
  return sessionRef({ pid: rootPid });
}

function rootWords({ root, rootPid }: BlockingTree): string {
  if (root) return describeSession(root);
  return rootPid === 0 ? 'A prepared transaction' : `pid ${rootPid}`;
}

function fixOf({ root, rootPid }: BlockingTree): Fix {
  if (!root) {
    return rootPid === 0
      ? guidedFix('End the prepared transaction', [
          'See pg_prepared_xacts for its gid, then COMMIT PREPARED or ROLLBACK PREPARED in its database.',
        ])
      : guidedFix(`See what pid ${rootPid} does`, ['It was gone when its details were read: check again.']);
  }
  if (root.backendType === 'autovacuum worker') return vacuumFix(root);
  if (root.state === null || isIdleInTransaction(root)) return terminateSession(root);
  return cancelQuery(root, [
    'If that does not help: end the session with pg_terminate_backend.',
    'Ask its owner first: it may be a schema change or a batch that has to start over.',
  ]);
}

function vacuumFix(worker: ActivityFact): Fix {
  return cancelQuery(worker, [
    'An ordinary autovacuum gives way by itself; one that prevents wraparound does not and will start again. Let it finish where you can.',
  ]);
}
