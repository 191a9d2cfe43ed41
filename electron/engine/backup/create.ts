import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { BackupLocation } from '#shared/model/backup.ts';
import type { CreateBackupRequest } from '#shared/contract/backups.ts';
import { formatBytes } from '#shared/model/format.ts';
import { EngineError } from '#engine/errors.ts';
import { identityKeyOf } from '#engine/plans/identity.ts';
import { lockDatabase } from '#engine/postgres/database-lock.ts';
import { openWriteSession } from '#engine/postgres/write-session.ts';
import type { CreateContext } from './create-context.ts';
import { dumpAndProve, expectedBytes } from './create-dump.ts';
import { manifestOf } from './create-manifest.ts';
import { lockFolder } from './folder-lock.ts';
import { syncPath } from './folder-sync.ts';
import type { JobControl } from './job.ts';
import type { Manifest } from './manifest.ts';
import { writeManifest } from './manifest-file.ts';
import { removePartial } from './partial.ts';
import { makeFolder, serverFolder, slugOf } from './places.ts';
import { openSource } from './source.ts';

export const CREATE_STEPS = [
  'Look at the server',
  'Dump',
  'Roles and tablespaces',
  'Checksum',
  'Proof',
  'File it',
] as const;

export interface Created {
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * Makes a backup of one database: dumped at an exported snapshot into a folder that is not listed, decoded to the end, brought
 * to the disk, hashed by reading it again, and only then given its name (reliability.md §4.4). Whatever goes wrong
 * on the way, nothing is left.
 */
export async function createBackup(
  request: CreateBackupRequest,
  context: CreateContext,
  job: JobControl,
): Promise<Created> {
  const { target, identity, location } = context;
  const session = await openWriteSession(target, {
    jobId: job.id,
    purpose: 'snapshot',
    signal: job.signal,
  });
  let partial: string | null = null;
  let release = (): void => undefined;
  try {
    const startedAt = new Date();
    const startedMs = performance.now();
    const source = await job.step('Look at the server', async (say) => {
      if ((await identityKeyOf(session, target)) !== identity.key) throw anotherServer();
      await lockDatabase(session);
      const found = await openSource(session);
      assertSpace(location, expectedBytes(found, request));
      say(`${found.tables.length} tables, snapshot ${found.snapshotId}`);
      return found;
    });
    const seq = context.nextSeq();
    const parts = [
      serverFolder(identity),
      `${source.databaseOid}-${slugOf(target.database)}`,
      `${stampOf(startedAt)}-${String(seq).padStart(6, '0')}-${randomBytes(4).toString('hex')}.partial`,
    ];
    // Before it is there: a crash between the two must not leave a folder that nobody looks after.
    job.trace({ partial: join(location.path, ...parts) });
    partial = await makeFolder(location.path, parts);
    const folder = partial;
    // The lock of the database does not tell two servers apart that are copies of each other.
    release = lockFolder(dirname(folder), 'add', `backing up ${target.database}`);
    const whole = await dumpAndProve({ folder, source, request, context, session }, startedMs, job);
    const manifest = manifestOf({ request, context, source, jobId: job.id, seq, startedAt, ...whole });
    const final = folder.replace(/\.partial$/, '');
    await job.step('File it', async () => {
      await writeManifest(folder, manifest, context.places.key);
      await syncPath(folder);
      await giveName(folder, final);
      try {
        await syncPath(dirname(final));
      } catch (error) {
        // After a crash it might be there or not: nobody may count on it, so it goes like one that has no name yet.
        await rename(final, folder);
        throw error;
      }
      partial = null;
    });
    job.made({ backupId: manifest.id });
    return { folder: final, manifest };
  } catch (error) {
    if (partial !== null) await removePartial(partial);
    throw error;
  } finally {
    release();
    await session.close();
  }
}

async function giveName(folder: string, final: string): Promise<void> {
  try {
    await rename(folder, final);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new EngineError(
      'FILE_NOT_WRITABLE',
      `The finished folder could not be given its name ${final}${code}.`,
      'Look at what is in its place and after the disk, then back up again.',
      { cause },
    );
  }
}

function assertSpace({ path, freeBytes }: BackupLocation, expected: number): void {
  // 1.2 times the estimate, and something for the smallest of databases (reliability.md F27).
  const needed = Math.round(expected * 1.2) + 1024 * 1024;
  if (freeBytes === null || freeBytes >= needed) return;
  throw new EngineError(
    'FILE_NOT_WRITABLE',
    `${path} has ${formatBytes(freeBytes)} left; this backup is expected to need about ${formatBytes(needed)}.`,
    'Free some space or choose another location.',
  );
}

function anotherServer(): EngineError {
  return new EngineError(
    'PLAN_STALE',
    'Another database answers at this address now.',
    'Check where the connection leads, and connect again.',
  );
}

/** "20261126T201500Z". */
function stampOf(at: Date): string {
  return at.toISOString().replace(/[-:]|\.\d+/g, '');
}
