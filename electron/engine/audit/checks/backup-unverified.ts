import type { BackupFacts, KnownBackup } from '#shared/model/facts.ts';
import { formatBytes, formatDuration, formatInstant, formatRatio } from '#shared/model/format.ts';
import { ageMsOf, databaseRef } from '#engine/audit/backups.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';

const DAY_MS = 86_400_000;

type Problem = Pick<Draft, 'severity' | 'confidence' | 'confidenceReason' | 'message' | 'evidence'>;

export const backupUnverified = defineCheck({
  id: 'backup-unverified',
  title: 'Backup is damaged, shrinking or not proven',
  category: 'reliability',
  topic: 'backups',
  severity: 'high',
  why: 'A backup that was never restored is a hope. Checksums show that its files are what was written; only a restore shows that a database comes out of them, with every row.',
  rule: 'High where the newest backup fails its checksum or cannot be decoded, or is smaller than 50 % of the median of up to five of the same kind before it while the database did not shrink alike (at least three are needed). Medium where no backup was restored successfully within 30 days: files that were decoded to the end are much, but not proof.',
  remedy: 'Verify the newest backup with a test restore; back up again where it is damaged or too small.',
  docs: 'https://www.postgresql.org/docs/current/backup-dump.html#BACKUP-DUMP-RESTORE',
  needs: ['backups'],
  thresholds: { maxAgeDays: 30, leastSizePercent: 50, leastCompared: 3 },
  evaluate({ backups, server }, { limit }) {
    const newest = backups.recent.at(0);
    if (newest === undefined) return { notApplicable: 'PgVitals knows no backup of this database.' };
    const problem =
      damaged(newest, backups) ??
      shrunk(newest, backups, {
        leastRatio: limit('leastSizePercent') / 100,
        leastCompared: limit('leastCompared'),
      }) ??
      unproven(newest, backups, limit('maxAgeDays'));
    if (problem === null) return [];
    return [
      {
        ...problem,
        object: databaseRef(server),
        gain: { text: 'The backup is known to restore, and in what time' },
        fix: guidedFix(`Prove the backup of ${server.database}`, [
          'On the page Backups choose Verify with a test restore, or run pgvitals backup verify --depth restore. It restores into a database of its own, compares every row count and drops it again.',
          'If a step fails, back up again and look after the disk; the damaged one is not deleted by itself.',
        ]),
      },
    ];
  },
});

function damaged(newest: KnownBackup, { newestGood, recent }: BackupFacts): Problem | null {
  if (newest.trust !== 'damaged') return null;
  return {
    severity: 'high',
    confidence: 'certain',
    confidenceReason: 'Its files are not what was written.',
    message: `The newest backup, of ${formatInstant(newest.madeAt)}, is damaged${newestGood === null ? ', and there is no intact one' : `; the newest intact one is of ${formatInstant(newestGood.madeAt)}`}.`,
    evidence: {
      damagedBackupAt: newest.madeAt,
      newestIntactAt: newestGood?.madeAt ?? null,
      damagedBackups: recent.filter(({ trust }) => trust === 'damaged').length,
    },
  };
}

/** Only with its like: a "small" one is smaller than a "default" one and means nothing. */
function shrunk(
  newest: KnownBackup,
  { recent }: BackupFacts,
  { leastRatio, leastCompared }: { readonly leastRatio: number; readonly leastCompared: number },
): Problem | null {
  const before = recent.slice(1).filter(({ shape, trust }) => shape === newest.shape && trust !== 'damaged');
  if (before.length < leastCompared) return null;
  const usual = median(before.map(({ sizeBytes }) => sizeBytes));
  const databaseSizes = before.flatMap(({ databaseBytes }) => databaseBytes ?? []);
  const usualDatabase = databaseSizes.length === 0 ? null : median(databaseSizes);
  const ratio = newest.sizeBytes / usual;
  const databaseRatio =
    usualDatabase === null || newest.databaseBytes === null ? 1 : newest.databaseBytes / usualDatabase;
  if (ratio >= leastRatio || ratio >= leastRatio * databaseRatio) return null;
  return {
    severity: 'high',
    confidence: 'likely',
    confidenceReason: 'Much may have been deleted on purpose; the size of the database does not show it.',
    message: `The newest backup has ${formatBytes(newest.sizeBytes)}, ${formatRatio(ratio)} of what the ${before.length} before it have: something may be missing.`,
    evidence: {
      newestBackupSizeBytes: newest.sizeBytes,
      medianSizeBytes: usual,
      sizeHistory: recent.map(
        ({ madeAt, sizeBytes }) => `${formatInstant(madeAt)}: ${formatBytes(sizeBytes)}`,
      ),
      databaseSizeBytes: newest.databaseBytes,
      medianDatabaseBytes: usualDatabase,
    },
  };
}

function unproven(newest: KnownBackup, backups: BackupFacts, maxAgeDays: number): Problem | null {
  const { lastProven } = backups;
  const provenAt = lastProven?.provenAt ?? null;
  const ageMs = provenAt === null ? null : ageMsOf(provenAt, backups);
  if (ageMs !== null && ageMs <= maxAgeDays * DAY_MS) return null;
  return {
    severity: 'medium',
    confidence: 'certain',
    confidenceReason: 'By what PgVitals recorded of each verification.',
    message:
      ageMs === null
        ? 'No backup of this database was ever restored to prove it.'
        : `The last test restore of a backup that matched was ${formatDuration(ageMs)} ago.`,
    evidence: {
      newestBackupAt: newest.madeAt,
      newestBackupSizeBytes: newest.sizeBytes,
      lastProvenAt: provenAt,
      provenBackupAt: lastProven?.madeAt ?? null,
      maxAgeDays,
    },
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
