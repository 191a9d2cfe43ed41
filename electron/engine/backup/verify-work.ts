import { dirname } from 'node:path';
import type { ToolInstall, Verification } from '#shared/model/backup.ts';
import type { VerifyRequest } from '#shared/contract/backups.ts';
import { EngineError } from '#engine/errors.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import { describeAddress } from '#engine/postgres/target.ts';
import type { Catalog, CatalogEntry } from './catalog.ts';
import { connectionsToRestore } from './archive-restore.ts';
import { lockFolder } from './folder-lock.ts';
import type { JobControl } from './job.ts';
import { RESTORE_SEATS, seated } from './job-seats.ts';
import { startOwnServer } from './own-server.ts';
import { assertPassed } from './restore-work.ts';
import type { JobWork } from './running-jobs.ts';
import type { TestRestoreServer } from './test-restore.ts';
import { VERIFY_JOB_STEPS, verifyBackup } from './verify.ts';

export interface VerifyWorkContext {
  readonly catalog: Catalog;
  /** Of the server inside every location. */
  readonly server: string;
  readonly entry: CatalogEntry;
  readonly tools: ToolInstall;
  readonly target: ConnectionTarget;
  /** Of another connection, where that is asked for. */
  readonly elsewhere: TestRestoreServer | null;
}

const MOST_VERIFICATIONS = 50;

/** A verification as a job; what was found is written beside the backup, whatever it is. */
export function verifyWork({ depth, on }: VerifyRequest, context: VerifyWorkContext): JobWork {
  const { catalog, server, entry, tools } = context;
  const { manifest, folder } = entry;
  if (!entry.isOurs)
    throw new EngineError(
      'PLAN_REFUSED',
      'This backup was not made here, or its manifest was changed: a client could run what it brings along.',
      'Import it first; that is done by a client without known holes.',
    );
  const title = `Verify the backup of ${manifest.server.database}`;
  const seats = Math.max(RESTORE_SEATS, connectionsToRestore(manifest));
  return {
    kind: 'verify',
    title,
    steps: VERIFY_JOB_STEPS,
    work: async (job) => {
      job.made({ backupId: manifest.id });
      const release = lockFolder(
        dirname(folder),
        'read',
        `verifying a backup of ${manifest.server.database}`,
      );
      let restoreOn: TestRestoreServer | null = null;
      let verification: Verification;
      try {
        restoreOn = depth === 'restore' ? await placeFor(on, context, job) : null;
        const verify = () => verifyBackup({ folder, manifest, tools, depth, restoreOn, job });
        verification = await (restoreOn ? seated(restoreOn.target, { title }, seats, job, verify) : verify());
      } finally {
        await restoreOn?.close();
        release();
      }
      const current = await catalog.read(server, manifest.id, {});
      const verifications = [...current.manifest.verifications, verification].slice(-MOST_VERIFICATIONS);
      await catalog.change(server, current, { verifications });
      assertPassed(verification);
    },
  };
}

async function placeFor(
  on: VerifyRequest['on'],
  { target, entry, elsewhere }: VerifyWorkContext,
  job: JobControl,
): Promise<TestRestoreServer> {
  if (elsewhere !== null) return elsewhere;
  if (on === 'this server') return { target, label: describeAddress(target), close: async () => undefined };
  const { server, extensions, roles } = entry.manifest;
  job.note('A PostgreSQL of PgVitals’ own is started for it, and removed afterwards.');
  return startOwnServer(
    { majorAtLeast: Math.floor(server.versionNum / 10_000), extensions, roles },
    job.signal,
  );
}
