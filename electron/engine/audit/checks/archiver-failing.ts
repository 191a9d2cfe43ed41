import { formatDuration } from '#shared/model/format.ts';
import { archiveProgram } from '#engine/audit/backup-evidence.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { settingRef } from '#engine/audit/object-refs.ts';
import { isManaged, PROVIDER_WORDS } from '#engine/postgres/provider-words.ts';

/** The archiver tries again at least every minute while a file waits. */
const RETRY_MS = 10 * 60_000;

export const archiverFailing = defineCheck({
  id: 'archiver-failing',
  title: 'WAL archiving fails',
  category: 'reliability',
  topic: 'wal',
  severity: 'critical',
  why: 'While archiving fails, backups can not be rolled forward past the last archived file, and the files that wait fill the disk of the server.',
  rule: 'With archive_mode on and the last failure later than the last success: high when nothing was archived for 5 minutes, critical for 1 hour. Where nothing was ever archived, the time since the server started counts.',
  remedy:
    'Run the archive command by hand for the failing file and mend what it reports: space, path, rights or network.',
  docs: 'https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-ARCHIVING-WAL',
  needs: ['archiver', 'settings'],
  thresholds: { highMs: 5 * 60_000, criticalMs: 3_600_000 },
  evaluate({ archiver, server }, { catalog, limit, nowMs }) {
    const mode = catalog.setting('archive_mode')?.setting ?? 'off';
    if (mode === 'off') return { notApplicable: 'WAL archiving is not used (archive_mode is off).' };
    if (server.isStandby && mode !== 'always') {
      return { notApplicable: 'A standby archives only with archive_mode = always.' };
    }
    if (archiver.lastFailedAt === null) return [];
    const failedMs = Date.parse(archiver.lastFailedAt);
    const archivedMs = archiver.lastArchivedAt === null ? null : Date.parse(archiver.lastArchivedAt);
    if (archivedMs !== null && archivedMs >= failedMs) return [];
    // Without any success, the counters may be older than this start; what came before it is not known.
    const withoutMs = nowMs - (archivedMs ?? Date.parse(server.startedAt));
    if (withoutMs < limit('highMs')) return [];
    const isTrying = nowMs - failedMs < RETRY_MS;
    const since = archivedMs === null ? 'since the server started' : 'since the last success';
    return [
      {
        severity: withoutMs >= limit('criticalMs') ? 'critical' : 'high',
        confidence: isTrying ? 'certain' : 'likely',
        confidenceReason: isTrying
          ? 'The last failure is later than the last success, and minutes old.'
          : 'The last failure is later than the last success, but the archiver has not tried again lately.',
        object: settingRef('archive_mode'),
        message: `WAL archiving fails: ${archiver.failedCount} failures, nothing archived for ${formatDuration(withoutMs)} (${since}).`,
        evidence: {
          failedCount: archiver.failedCount,
          archivedCount: archiver.archivedCount,
          lastFailedWal: archiver.lastFailedWal,
          lastFailedAt: archiver.lastFailedAt,
          lastArchivedWal: archiver.lastArchivedWal,
          lastArchivedAt: archiver.lastArchivedAt,
          withoutArchiveMs: withoutMs,
          archiveMode: mode,
          archiveLibrary: catalog.setting('archive_library')?.setting || null,
          archiveProgram: archiveProgram(catalog),
        },
        gain: { text: 'Point-in-time recovery works again and WAL stops piling up' },
        fix: guidedFix('Mend the WAL archive', [
          ...(isManaged(server.provider)
            ? [
                `On ${PROVIDER_WORDS[server.provider].name} the archive is the service's own: tell its support, with this finding.`,
              ]
            : []),
          `Look into ${PROVIDER_WORDS[server.provider].log} for what the archive command said about ${archiver.lastFailedWal ?? 'the failing file'}.`,
          'Check free space, path, rights and network of the archive; correct archive_command or archive_library.',
          'Reload the configuration with SELECT pg_reload_conf(). The archiver then catches up by itself.',
          'Never delete files from pg_wal by hand.',
        ]),
      },
    ];
  },
});
