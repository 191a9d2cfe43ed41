import type { BackupPlanPreview, ToolInstall } from '#shared/model/backup.ts';
import { EngineError } from '#engine/errors.ts';
import { identityKeyOf } from '#engine/plans/identity.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import { openWriteSession, type WriteSession } from '#engine/postgres/write-session.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import type { BackupAt } from './archive-restore.ts';
import type { JobControl } from './job.ts';
import type { ServerPlace } from './server-session.ts';
import { HOW_TO_CHOOSE } from './tools/places.ts';

/** Everything that a restore needs of the rest of PgVitals. */
export interface RestoreContext {
  /** The connected database: what `replace` replaces. */
  readonly target: ConnectionTarget;
  readonly identity: DatabaseIdentity;
  /** Null for `swap-back` and `drop-old`, which need none. */
  readonly backup: BackupAt | null;
  readonly tools: ToolInstall | null;
  /** Steps 1 to 4 of a verification; throws BACKUP_DAMAGED. */
  readonly verifyIntact: (job: JobControl) => Promise<void>;
  /** Backs the live database up and keeps that pinned; the backup's id. What it throws ends the restore. */
  readonly makeSafetyBackup: (job: JobControl) => Promise<string>;
  readonly signal?: AbortSignal | undefined;
}

export interface RestorePlan {
  readonly preview: Omit<BackupPlanPreview, 'planId' | 'expiresInMs'>;
  /** Titles of the steps that `run` takes, to be announced with the job. */
  readonly steps: readonly string[];
  /** Once, after everything that the preview asks for was typed and ticked. */
  readonly run: (job: JobControl) => Promise<void>;
}

/** The context as the parts take it. */
export interface PlacedContext extends RestoreContext {
  readonly place: ServerPlace;
  /** Of the preview's own session. */
  readonly previewId: string;
}

export interface BackupContext extends PlacedContext {
  readonly backup: BackupAt;
  readonly tools: ToolInstall;
}

/** `previewId`: 16 hexadecimal digits. */
export function withPlace(context: RestoreContext, previewId: string): PlacedContext {
  const systemIdentifier = /^(\d+)\//.exec(context.identity.key)?.[1] ?? null;
  return {
    ...context,
    place: { target: context.target, systemIdentifier },
    previewId,
  };
}

/** Throws NOT_FOUND without a backup, TOOL_MISSING without a client. */
export function withBackup(context: RestoreContext, previewId: string): BackupContext {
  const { backup, tools } = context;
  if (backup === null)
    throw new EngineError('NOT_FOUND', 'This backup is not there any more.', 'Look at the list.');
  if (tools === null)
    throw new EngineError(
      'TOOL_MISSING',
      'There is no PostgreSQL client (pg_restore) that fits.',
      `Install one, or ${HOW_TO_CHOOSE}.`,
    );
  return { ...withPlace(context, previewId), backup, tools };
}

/**
 * Runs work in a session of the connected database, after seeing that it is the one of the connection: PLAN_STALE where
 * the address leads to another server or database by now (F10, F66).
 */
export async function onTarget<T>(
  { target, identity }: PlacedContext,
  { jobId, signal }: { readonly jobId: string; readonly signal?: AbortSignal | undefined },
  work: (session: WriteSession) => Promise<T>,
): Promise<T> {
  const session = await openWriteSession(target, { jobId, signal });
  try {
    if ((await identityKeyOf(session, target)) !== identity.key)
      throw new EngineError(
        'PLAN_STALE',
        `This is not ${identity.label} any more: another server or another database answers there.`,
        'Check where the address leads, connect again, then preview again.',
      );
    return await work(session);
  } finally {
    await session.close();
  }
}
