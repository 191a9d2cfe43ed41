import { dirname } from 'node:path';
import type { ToolInstall, Verification } from '#shared/model/backup.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import type { CatalogEntry } from './catalog.ts';
import { connectionsToRestore } from './archive-restore.ts';
import { lockFolder } from './folder-lock.ts';
import { type JobControl, within } from './job.ts';
import { RESTORE_SEATS, seated } from './job-seats.ts';
import { planRestore, type RestoreRequest } from './restore.ts';
import type { RestorePlan } from './restore-context.ts';
import type { JobWork } from './running-jobs.ts';
import { verifyBackup } from './verify.ts';

export interface RestoreWorkContext extends Abortable {
  /** Null where the request names no backup. */
  readonly entry: CatalogEntry | null;
  readonly tools: ToolInstall | null;
  readonly target: ConnectionTarget;
  readonly identity: DatabaseIdentity;
  /** The id of a pinned backup of the connected database. */
  readonly makeSafetyBackup: (job: JobControl) => Promise<string>;
  /** The connected name may belong to another database now. */
  /** From here on the name may belong to another database, until `changed`. */
  readonly changing: () => void;
  readonly changed: () => Promise<void>;
}

/** A restore as a job: only of a backup of ours, and only after it was looked through again. PLAN_REFUSED or BACKUP_DAMAGED otherwise. */
export async function planRestoreWork(
  request: RestoreRequest,
  { entry, tools, target, identity, makeSafetyBackup, changing, changed, signal }: RestoreWorkContext,
): Promise<{ readonly preview: RestorePlan['preview']; readonly work: JobWork }> {
  if (entry && !entry.isOurs)
    throw new EngineError(
      'PLAN_REFUSED',
      'This backup was not made here, or its manifest was changed: nothing is restored from it.',
      'Import it first; then it is checked and can be restored.',
    );
  if (entry?.trust === 'damaged')
    throw new EngineError(
      'BACKUP_DAMAGED',
      'This backup is damaged: its files are not what was written.',
      'Restore another one, and look after the disk.',
    );
  const { preview, steps, run } = await planRestore(request, {
    target,
    identity,
    backup: entry,
    tools,
    verifyIntact: async (job) => {
      if (!entry || !tools) return;
      const { folder, manifest } = entry;
      assertPassed(
        await verifyBackup({ folder, manifest, tools, depth: 'intact', restoreOn: null, job: within(job) }),
      );
    },
    makeSafetyBackup: (job) => makeSafetyBackup(within(job)),
    signal,
  });
  const { kind, title } = preview;
  const seats = entry ? Math.max(RESTORE_SEATS, connectionsToRestore(entry.manifest)) : 1;
  const work = async (job: JobControl): Promise<void> => {
    if (entry) job.made({ backupId: entry.manifest.id });
    const release = entry
      ? lockFolder(dirname(entry.folder), 'read', `restoring a backup of ${entry.manifest.server.database}`)
      : () => undefined;
    changing();
    try {
      await seated(target, { title }, seats, job, () => run(job));
    } finally {
      release();
      // Whatever came of it: the name may belong to another database by now.
      await changed();
    }
  };
  return { preview, work: { kind, title, steps, work } };
}

/** Throws what the first failed step says. */
export function assertPassed({ steps }: Verification): void {
  const failed = steps.find(({ verdict }) => verdict === 'failed');
  if (!failed) return;
  const isDamage = failed.step !== 'restore';
  throw new EngineError(
    isDamage ? 'BACKUP_DAMAGED' : 'TOOL_FAILED',
    failed.text,
    isDamage ? 'Do not rely on it: back up again, and look after the disk.' : 'Mend that, then verify again.',
  );
}
