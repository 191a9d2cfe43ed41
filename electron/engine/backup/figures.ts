import {
  BACKUP_SHAPES,
  type BackupEstimate,
  type BackupFailure,
  type RecoveryFigures,
} from '#shared/model/backup.ts';
import type { StoredBackupJob } from '#engine/store/backups.ts';
import { type CatalogEntry, hasRestored, sizeOf } from './catalog.ts';
import { MEASURED_SHAPES } from './shapes.ts';

/** What a backup of each shape will come to: as the last whole one of it did; else by the ratios of performance.md. */
export function estimateOf(own: readonly CatalogEntry[], heapBytes: number | null): BackupEstimate {
  const whole = own.filter(
    ({ manifest, trust }) =>
      manifest.scope.kind === 'database' && (trust === 'intact' || trust === 'verified'),
  );
  const newest = whole.at(0)?.manifest ?? null;
  return {
    shapes: BACKUP_SHAPES.map((shape) => {
      const same = whole.find(({ manifest }) => manifest.shape === shape)?.manifest;
      if (same) return { shape, sizeBytes: sizeOf(same), durationMs: same.durationMs, isMeasured: true };
      const to = MEASURED_SHAPES[shape];
      if (newest === null) {
        return {
          shape,
          sizeBytes: heapBytes === null ? null : Math.round(heapBytes * to.ratio),
          durationMs: heapBytes === null ? null : Math.round((heapBytes / 1024 / 1024) * to.msPerMb),
          isMeasured: false,
        };
      }
      const from = MEASURED_SHAPES[newest.shape];
      return {
        shape,
        sizeBytes: Math.round((sizeOf(newest) * to.ratio) / from.ratio),
        durationMs: Math.round((newest.durationMs * to.msPerMb) / from.msPerMb),
        isMeasured: false,
      };
    }),
  };
}

/** What is lost and how long it takes if the database is gone this moment. */
export function recoveryOf(own: readonly CatalogEntry[], nowMs: number): RecoveryFigures {
  const newest = newestWhole(own);
  const proven = own
    .flatMap(({ manifest }) => manifest.verifications)
    .filter(hasRestored)
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .at(0);
  return {
    pointAgeMs: newest ? Math.max(0, nowMs - Date.parse(newest.manifest.startedAt)) : null,
    timeMs: proven?.restoreMs ?? null,
    provenAt: proven?.at ?? null,
  };
}

/** The newest intact backup of the whole database; `own` is in the order of the catalog. */
export function newestWhole(own: readonly CatalogEntry[]): CatalogEntry | null {
  const isWhole = ({ manifest, trust }: CatalogEntry): boolean =>
    manifest.trashedAt === null &&
    manifest.scope.kind === 'database' &&
    (trust === 'intact' || trust === 'verified');
  return own.find(isWhole) ?? null;
}

/** Runs that ended without a backup, since the last one that ended with one. */
export function failuresOf(jobs: readonly StoredBackupJob[], database: string): readonly BackupFailure[] {
  const creates = jobs.filter((stored) => stored.database === database && stored.job.kind === 'create');
  const lastGood = creates.findIndex(({ job }) => job.outcome === 'done');
  return (lastGood === -1 ? creates : creates.slice(0, lastGood)).flatMap(({ job }) => {
    const { outcome, endedAt, startedAt, error } = job;
    if (outcome === 'done' || outcome === 'running') return [];
    return [
      {
        at: endedAt ?? startedAt,
        outcome,
        message: error?.message ?? (outcome === 'cancelled' ? 'It was cancelled.' : 'It did not end well.'),
        nextStep: error?.nextStep ?? null,
      },
    ];
  });
}
