import type { BackupPlanPreview } from '#shared/model/backup.ts';
import type { JobWork } from './running-jobs.ts';

/** A change of a server or of the backups, previewed and not run yet. */
export interface BackupPlan extends Omit<BackupPlanPreview, 'expiresInMs'> {
  readonly connectionId: string;
  /** It writes into the server. */
  readonly changesServer: boolean;
  /** Of the backups it needs or removes. */
  readonly uses: readonly string[];
  readonly job: JobWork;
}
