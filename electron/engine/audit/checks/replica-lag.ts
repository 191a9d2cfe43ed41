import type { ReplicationClient } from '#shared/model/facts.ts';
import type { Severity } from '#shared/model/finding.ts';
import { formatBytes, formatDuration } from '#shared/model/format.ts';
import type { CheckContext, Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { standbyName } from '#engine/audit/xmin-holders.ts';

const MB = 1024 ** 2;

export const replicaLag = defineCheck({
  id: 'replica-lag',
  title: 'Standby is behind',
  category: 'reliability',
  topic: 'replication',
  severity: 'high',
  why: 'What a standby has not replayed is missing from reads there and, after a failover, lost (asynchronous) or awaited by every commit (synchronous).',
  rule: 'Per standby or subscriber: medium from 100 MB of WAL not replayed, or 60 seconds while WAL is waiting for it; high from 1 GB. An idle primary is no lag, and clients that only receive (base backups, pg_receivewal) are left out.',
  remedy: 'Look for the bottleneck: network, disk of the standby, long queries there that hold up replay.',
  docs: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW',
  needs: ['replicationClients'],
  thresholds: { mediumBytes: 100 * MB, highBytes: 1024 * MB, mediumMs: 60_000 },
  evaluate({ replicationClients }, context) {
    return replicationClients.flatMap((client): Draft[] => {
      const severity = severityOf(client, context);
      if (!severity) return [];
      const bytes = client.replayLagBytes;
      const ms = client.replayLagMs;
      return [
        {
          severity,
          confidence: 'likely',
          confidenceReason:
            'One reading: it may be catching up, or be delayed on purpose (recovery_min_apply_delay).',
          object: { kind: 'standby', oid: 0, schema: null, name: standbyName(client), table: null },
          message: `${standbyName(client)} is behind by ${bytes === null ? 'an unknown amount' : formatBytes(bytes)} of WAL${ms === null ? '' : ` (${formatDuration(ms)})`}.`,
          evidence: {
            application: client.application,
            clientAddress: client.clientAddress,
            state: client.state,
            syncState: client.syncState,
            replayLagBytes: bytes,
            replayLagMs: ms,
          },
          gain: { text: 'Reads on the standby are current and a failover loses less' },
          fix: guidedFix(`Find what holds up ${standbyName(client)}`, [
            'Compare sent_lsn, write_lsn, flush_lsn and replay_lsn in pg_stat_replication: the first gap names network, disk or replay.',
            'On the standby, look for long queries that conflict with replay, and for a saturated disk or CPU.',
            'A standby that will not catch up should be built again before its WAL is gone.',
          ]),
        },
      ];
    });
  },
});

function severityOf(client: ReplicationClient, { limit }: CheckContext): Severity | null {
  const bytes = client.replayLagBytes;
  if (client.state === 'backup' || bytes === null) return null;
  if (bytes >= limit('highBytes')) return 'high';
  if (bytes >= limit('mediumBytes')) return 'medium';
  // replay_lag keeps its last value for a while: without WAL on its way it tells of the past.
  const isLate = bytes > 0 && client.replayLagMs !== null && client.replayLagMs >= limit('mediumMs');
  return isLate ? 'medium' : null;
}
