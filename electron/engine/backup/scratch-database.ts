import { randomBytes } from 'node:crypto';
import { EngineError } from '#engine/errors.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import type { BackupAt } from './archive-restore.ts';
import { type DatabaseMark, sideName } from './database-mark.ts';
import type { JobControl } from './job.ts';
import { onServer, type ServerPlace } from './server-session.ts';
import {
  createSideDatabase,
  type DatabaseLocale,
  dropSideDatabase,
  localeFor,
  type SideDatabase,
} from './side-database.ts';
import { untilServerIsBack } from './swap.ts';

export interface ScratchWish {
  readonly backup: BackupAt;
  /** For sentences. */
  readonly serverLabel: string;
  readonly job: JobControl;
  /** 16 hexadecimal digits; random. */
  readonly pickToken?: (() => string) | undefined;
}

/**
 * Makes an empty database for a test restore, as the backed up one was made; told of in the trace before it is there.
 * Throws PERMISSION_DENIED, and PLAN_REFUSED on a server that is older than the backup.
 */
export async function createScratch(
  session: WriteSession,
  wish: ScratchWish,
  keep: (side: SideDatabase) => void,
): Promise<{ readonly side: SideDatabase; readonly localeNote: string }> {
  const { manifest } = wish.backup;
  assertNotOlder(session, wish);
  const locale = await localeFor(session, manifest.server);
  try {
    return { side: await createAny(session, wish, locale, keep), localeNote: '' };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.code === 'PERMISSION_DENIED')
      throw new EngineError(
        'PERMISSION_DENIED',
        `The role ${session.capabilities.role} may not create databases on ${wish.serverLabel}.`,
        'Grant it CREATEDB, or restore on another server.',
        { cause: error },
      );
    if (error.sqlState !== NO_SUCH_LOCALE) throw error;
    // Order differs, contents do not: they can be proven all the same.
    const plain = { ...locale, collate: 'C', ctype: 'C', provider: 'libc', locale: null, icuRules: null };
    const side = await createAny(session, wish, plain, keep);
    return { side, localeNote: ` The server does not know the locale ${locale.collate}; C took its place.` };
  }
}

/** Drops it, also where the job was cancelled; what cannot be dropped now stays in the trace, for the next start. */
export async function dropScratch(place: ServerPlace, side: SideDatabase, job: JobControl): Promise<void> {
  try {
    const removal = await untilServerIsBack(() =>
      onServer(place, { jobId: job.id, avoid: [side.database] }, (session) =>
        dropSideDatabase(session, side, place.target),
      ),
    );
    job.trace({ scratch: null });
    if (removal === 'not ours') job.note(`${side.database} is another database by now; it was left alone.`);
  } catch (error) {
    const why = error instanceof EngineError ? error.message : 'an error that was not expected';
    job.note(`${side.database} could not be dropped now (${why}); it goes when PgVitals connects again.`);
  }
}

const ATTEMPTS = 3;
/** WRONG_OBJECT_TYPE: what CREATE DATABASE says of a locale that the system does not have. */
const NO_SUCH_LOCALE = '42809';

/** Under a name that is free. */
async function createAny(
  session: WriteSession,
  wish: ScratchWish,
  locale: DatabaseLocale,
  keep: (side: SideDatabase) => void,
): Promise<SideDatabase> {
  const { manifest } = wish.backup;
  const { job, pickToken = () => randomBytes(8).toString('hex') } = wish;
  for (let attempt = 1; ; attempt += 1) {
    const token = pickToken();
    const mark: Omit<DatabaseMark, 'oid'> = {
      kind: 'verify',
      of: manifest.server.database,
      token,
      jobId: job.id,
      backupId: manifest.id,
      isSwappedBack: false,
      at: new Date().toISOString(),
      keepUntil: null,
      blockedOid: null,
      comment: null,
    };
    const name = sideName(manifest.server.database, 'verify', token);
    try {
      return await createSideDatabase(session, { name, locale, tablespace: null, mark }, keep, job.signal);
    } catch (error) {
      const isTaken = error instanceof EngineError && error.code === 'PLAN_REFUSED';
      if (!isTaken || attempt === ATTEMPTS) throw error;
    }
  }
}

function assertNotOlder(session: WriteSession, { backup, serverLabel }: ScratchWish): void {
  const needed = Math.floor(backup.manifest.server.versionNum / 10_000);
  const there = Math.floor(session.capabilities.versionNum / 10_000);
  if (there < needed)
    throw new EngineError(
      'PLAN_REFUSED',
      `A backup of PostgreSQL ${needed} cannot be restored by an older one, and ${serverLabel} has ${there}.`,
      `Restore on a server of PostgreSQL ${needed} or newer.`,
    );
}
