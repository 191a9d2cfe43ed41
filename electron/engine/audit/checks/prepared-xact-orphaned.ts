import { formatDuration } from '#shared/model/format.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { rollbackPrepared } from '#engine/audit/session-fixes.ts';

export const preparedXactOrphaned = defineCheck({
  id: 'prepared-xact-orphaned',
  title: 'Prepared transaction was never ended',
  category: 'reliability',
  topic: 'locks',
  severity: 'high',
  why: 'A prepared transaction survives disconnects and restarts. Until it is committed or rolled back it keeps its locks and stops VACUUM from cleaning up.',
  rule: 'Medium where a prepared transaction is older than 10 minutes, high from 1 hour.',
  remedy:
    'Find out from the transaction manager how it was decided, then COMMIT PREPARED or ROLLBACK PREPARED it.',
  docs: 'https://www.postgresql.org/docs/current/sql-prepare-transaction.html',
  needs: ['preparedTransactions'],
  thresholds: { mediumMs: 10 * 60_000, highMs: 3_600_000 },
  evaluate({ preparedTransactions, server }, { limit }) {
    return preparedTransactions.flatMap((transaction): Draft[] => {
      if (transaction.ageMs <= limit('mediumMs')) return [];
      return [
        {
          severity: transaction.ageMs > limit('highMs') ? 'high' : 'medium',
          confidence: 'likely',
          confidenceReason:
            'Prepared transactions normally end within seconds; a transaction manager may know more.',
          object: { kind: 'transaction', oid: 0, schema: null, name: transaction.gid, table: null },
          message: `The transaction ${transaction.gid} of ${transaction.owner} in ${transaction.database} is prepared but not ended for ${formatDuration(transaction.ageMs)}.`,
          evidence: {
            gid: transaction.gid,
            owner: transaction.owner,
            database: transaction.database,
            ageMs: transaction.ageMs,
            ageXids: transaction.xidAge,
          },
          gain: { text: 'Its locks are released and VACUUM can clean up' },
          fix: rollbackPrepared(transaction, server.database),
        },
      ];
    });
  },
});
