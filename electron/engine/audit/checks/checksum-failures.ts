import { formatAgo, formatCount } from '#shared/model/format.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';

const DAY_MS = 86_400_000;

export const checksumFailures = defineCheck({
  id: 'checksum-failures',
  title: 'Pages failed their checksum',
  category: 'storage',
  topic: 'corruption',
  severity: 'critical',
  why: 'A page that fails its checksum is not what PostgreSQL wrote: disk, controller, memory or file system damaged it. Data on it may be lost, and more pages usually follow.',
  rule: 'Critical where pg_stat_database counts checksum failures. To review where the last one is more than 30 days ago: the counter never falls by itself. Not applicable where checksums are off.',
  remedy:
    'Back up now, find the damaged relations with amcheck or pg_checksums, restore them from a good backup, and replace the hardware.',
  docs: 'https://www.postgresql.org/docs/current/checksums.html',
  needs: ['databases'],
  thresholds: { recentDays: 30 },
  evaluate({ databases }, { limit, nowMs }) {
    if (databases.every((database) => database.checksumFailures === null)) {
      return { notApplicable: 'Data checksums are off on this server, so damage would not be noticed.' };
    }
    return databases.flatMap((database): Draft[] => {
      const failures = database.checksumFailures ?? 0;
      if (failures === 0) return [];
      const last = database.checksumLastFailureAt;
      const ageMs = last === null ? null : nowMs - Date.parse(last);
      const isRecent = ageMs !== null && ageMs < limit('recentDays') * DAY_MS;
      return [
        {
          severity: 'critical',
          confidence: isRecent ? 'certain' : 'review',
          confidenceReason: isRecent
            ? 'Counted by the server.'
            : 'Counted by the server, but when is long ago or not known: the damage may have been mended since.',
          object: { kind: 'database', oid: database.oid, schema: null, name: database.name, table: null },
          message: `${formatCount(failures)} pages of ${database.name} failed their checksum${ageMs === null ? '' : `, the last ${formatAgo(ageMs)}`}.`,
          evidence: {
            failures,
            checksumLastFailureAt: last,
            countedSince: database.statisticsResetAt,
          },
          window: `counters since ${database.statisticsResetAt?.slice(0, 10) ?? 'an unknown moment'}`,
          fix: guidedFix('Save what can be saved', [
            'Make a backup now and keep the older ones: do not let retention delete them.',
            'The server log names file and block of each failure; amcheck (bt_index_check, verify_heapam) finds more.',
            'Damaged indexes can be rebuilt with REINDEX; damaged tables have to come from a good backup.',
            'Check disk, controller, memory and file system before the server is trusted again.',
          ]),
        },
      ];
    });
  },
});
