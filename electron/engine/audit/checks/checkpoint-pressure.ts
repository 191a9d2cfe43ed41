import { formatBytes, formatDuration, formatPercent } from '#shared/model/format.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { setServerSetting } from '#engine/audit/setting-fixes.ts';
import { settingRef } from '#engine/audit/object-refs.ts';
import { inDays } from '#engine/audit/observation.ts';

const MINUTE_MS = 60_000;

export const checkpointPressure = defineCheck({
  id: 'checkpoint-pressure',
  title: 'Checkpoints are forced by WAL volume',
  category: 'configuration',
  topic: 'wal',
  severity: 'medium',
  why: 'When WAL reaches max_wal_size before checkpoint_timeout, PostgreSQL checkpoints early: it writes the same pages again and again, and full pages into WAL after each one.',
  rule: 'Medium where 30 % or more of all checkpoints were requested rather than timed, and there was at least one of them per 10 minutes since the counters were reset. Not judged on counters younger than an hour.',
  remedy: 'Raise max_wal_size until checkpoints come from the timeout.',
  docs: 'https://www.postgresql.org/docs/current/wal-configuration.html',
  needs: ['checkpoints', 'settings'],
  thresholds: { requestedPercent: 30, requestedPer10Minutes: 1, minimumAgeMs: 60 * MINUTE_MS },
  evaluate({ checkpoints, server }, { catalog, limit, nowMs }) {
    if (server.isStandby)
      return { notApplicable: 'A standby makes restartpoints at the pace of its primary.' };
    if (server.provider === 'aurora' || server.provider === 'neon') {
      return { notApplicable: 'The storage of this provider does without checkpoints.' };
    }
    const total = checkpoints.timed + checkpoints.requested;
    const percent = total > 0 ? (checkpoints.requested / total) * 100 : 0;
    if (percent < limit('requestedPercent')) return [];
    const since = checkpoints.statisticsResetAt;
    const ageMs = since === null ? null : nowMs - Date.parse(since);
    if (since === null || ageMs === null || ageMs < limit('minimumAgeMs')) {
      const why = ageMs === null ? 'of unknown age' : `only ${formatDuration(Math.max(0, ageMs))} old`;
      const reason = `The checkpoint counters are ${why}: too young to tell how often checkpoints are forced.`;
      return { findings: [], unknown: [{ reason, grant: null }] };
    }
    const per10Minutes = checkpoints.requested / (ageMs / (10 * MINUTE_MS));
    if (per10Minutes < limit('requestedPer10Minutes')) return [];
    const megabytes = catalog.numericSetting('max_wal_size') ?? 1024;
    const proposed = Math.max(4096, megabytes * 2);
    return [
      {
        severity: 'medium',
        confidence: 'likely',
        confidenceReason:
          'Counted over the life of the counters; checkpoints asked for by backups or by hand count as requested too.',
        object: settingRef('max_wal_size'),
        message: `${formatPercent(percent)} of checkpoints are forced, one every ${formatDuration((10 * MINUTE_MS) / per10Minutes)}, with max_wal_size at ${formatBytes(megabytes * 1024 ** 2)}.`,
        evidence: {
          requestedCheckpoints: checkpoints.requested,
          timedCheckpoints: checkpoints.timed,
          requestedPercent: Math.round(percent * 10) / 10,
          requestedEveryMs: Math.round((10 * MINUTE_MS) / per10Minutes),
          maxWalSizeBytes: megabytes * 1024 ** 2,
          checkpointTimeoutSeconds: catalog.numericSetting('checkpoint_timeout'),
        },
        window: `counters since ${since.slice(0, 10)} (${inDays(ageMs / 86_400_000)})`,
        gain: { text: 'Fewer page writes and less WAL' },
        fix: setServerSetting('max_wal_size', `${proposed}MB`, catalog, server.provider, [
          `pg_wal can grow to about ${formatBytes(proposed * 1024 ** 2)}: make sure that the disk has room. Recovery after a crash takes longer.`,
        ]),
      },
    ];
  },
});
