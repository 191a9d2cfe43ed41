import { formatBytes, formatDuration } from '#shared/model/format.ts';
import { backupEvidence } from '#engine/audit/backup-evidence.ts';
import { ageMsOf, databaseRef, isLocalServer, NO_TABLES } from '#engine/audit/backups.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';

const DAY_MS = 86_400_000;

export const backupMissing = defineCheck({
  id: 'backup-missing',
  title: 'No backup, or none that is recent',
  category: 'reliability',
  topic: 'backups',
  severity: 'high',
  why: 'Without a backup a dropped table, a broken disk or an intruder costs everything; with an old one, everything since. Replicas are no backup: they repeat the mistake at once.',
  rule: 'High where PgVitals knows no intact backup of the whole database, or the newest is older than a day; medium where the server is on the machine of who looks. Where WAL archiving, a WAL receiver or the provider shows that somebody else backs up, PgVitals cannot see how well: it says "not checked" instead of "missing", and an old backup of its own is low.',
  remedy:
    'Back the database up, prove the backup by a test restore, and do so regularly: on the page Backups or with pgvitals backup create.',
  docs: 'https://www.postgresql.org/docs/current/backup.html',
  needs: ['backups', 'tables'],
  wants: ['archiver', 'settings', 'replicationClients', 'activity'],
  thresholds: { maxAgeDays: 1 },
  evaluate({ backups, tables, ...facts }, { catalog, limit }) {
    const { server } = facts;
    if (tables.length === 0) return { notApplicable: NO_TABLES };
    const others = backupEvidence(facts, catalog);
    const { newestGood: newest, placesNotThere } = backups;
    const severity = isLocalServer(facts) ? 'medium' : 'high';
    const common = {
      object: databaseRef(server),
      fix: guidedFix(`Back up ${server.database}`, STEPS),
      gain: { text: 'What is lost can be had back' },
    };
    if (newest === null) {
      if (others.length > 0) return unknownBecause(`${others.join('; ')}: ${ELSEWHERE}`);
      if (placesNotThere > 0)
        return unknownBecause('A place for backups is not there: what it holds is not known.');
      const missing: Draft = {
        ...common,
        severity,
        confidence: 'review',
        confidenceReason:
          'PgVitals has made none, and nothing on the server speaks of one. A pg_dump that somebody else runs leaves no trace there.',
        message: `No backup of ${server.database} is known.`,
        evidence: {
          knownBackups: backups.recent.length,
          damagedBackups: backups.recent.filter(({ trust }) => trust === 'damaged').length,
          tables: tables.length,
          databaseSizeBytes: server.databaseSizeBytes,
        },
      };
      return [missing];
    }
    const ageMs = ageMsOf(newest.madeAt, backups);
    if (ageMs <= limit('maxAgeDays') * DAY_MS) return [];
    const old: Draft = {
      ...common,
      severity: others.length > 0 ? 'low' : severity,
      confidence: others.length > 0 || placesNotThere > 0 ? 'review' : 'likely',
      confidenceReason:
        others.length > 0
          ? `Somebody else backs up too: ${others.join('; ')}.`
          : placesNotThere > 0
            ? 'A place for backups is not there: a newer one may be.'
            : 'Of the backups that PgVitals made; others are not known to it.',
      message: `The newest backup of ${server.database} is ${formatDuration(ageMs)} old (${formatBytes(newest.sizeBytes)}): what was written since would be lost.`,
      evidence: {
        newestBackupAt: newest.madeAt,
        newestBackupAgeMs: ageMs,
        newestBackupSizeBytes: newest.sizeBytes,
        maxAgeDays: limit('maxAgeDays'),
        lastProvenAt: backups.lastProven?.provenAt ?? null,
        otherBackups: others,
      },
    };
    return [old];
  },
});

const ELSEWHERE =
  'backups are probably made there, and PgVitals cannot see whether they are whole and recent.';

const STEPS: readonly string[] = [
  'On the page Backups choose Back up now, or run pgvitals backup create. It reads every table under ACCESS SHARE, which only holds up changes of the schema.',
  'Then let a test restore prove it: only that shows that it can be restored, and how long it takes.',
  'Repeat it as often as the data of the time between may be lost, and keep a copy on another machine.',
];

function unknownBecause(reason: string): { findings: Draft[]; unknown: { reason: string; grant: null }[] } {
  return { findings: [], unknown: [{ reason, grant: null }] };
}
