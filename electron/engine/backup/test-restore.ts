import { randomBytes } from 'node:crypto';
import type { ToolInstall } from '#shared/model/backup.ts';
import { formatCountOf } from '#shared/model/format.ts';
import { EngineError } from '#engine/errors.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import { openWriteSession, type WriteSession } from '#engine/postgres/write-session.ts';
import type { FullTocEntry } from './archive-toc.ts';
import { type BackupAt, restoreArchive } from './archive-restore.ts';
import { type DatabaseMark, sideName } from './database-mark.ts';
import type { JobControl } from './job.ts';
import { compareObjects } from './restored-objects.ts';
import { compareRows, refuseHiddenRows } from './restored-rows.ts';
import { onServer, type ServerPlace } from './server-session.ts';
import {
  createSideDatabase,
  type DatabaseLocale,
  dropSideDatabase,
  localeFor,
  type SideDatabase,
} from './side-database.ts';
import { untilServerIsBack } from './swap.ts';

/** Where a backup is restored to prove it. */
export interface TestRestoreServer {
  /** With a database that one can connect to; it is not touched. */
  readonly target: ConnectionTarget;
  /** "shop on db.example:5432", "a PostgreSQL 15 of PgVitals' own". */
  readonly label: string;
  /** Ends a server of our own. */
  readonly close: () => Promise<void>;
}

export interface TestRestore {
  readonly backup: BackupAt;
  /** Of the archive, just read. */
  readonly entries: readonly FullTocEntry[];
  readonly tools: ToolInstall;
  readonly server: TestRestoreServer;
  readonly job: JobControl;
  /** 16 hexadecimal digits; random. */
  readonly pickToken?: () => string;
}

export interface TestRestored {
  /** From CREATE DATABASE to the end of pg_restore. */
  readonly restoreMs: number;
  /** What is there, in words. */
  readonly text: string;
  /** In what it is not what the backup holds. */
  readonly difference: EngineError | null;
}

/**
 * Restores a backup into a database of its own, as a real restore would, compares what is there with what the backup
 * holds, and drops it again whatever came of it. Throws an EngineError with the reason where it cannot be restored.
 */
export async function testRestore(test: TestRestore): Promise<TestRestored> {
  const { job, server } = test;
  const place: ServerPlace = { target: server.target, systemIdentifier: null };
  const made: { side: SideDatabase | null } = { side: null };
  const keep = (side: SideDatabase): void => {
    job.trace({ scratch: side });
    made.side = side;
  };
  try {
    const startedMs = performance.now();
    const { side, localeNote } = await onServer(place, { jobId: job.id, signal: job.signal }, (session) =>
      createScratch(session, test, keep),
    );
    const into = { ...server.target, database: side.database };
    await createMissingSchemas(into, test);
    await restoreArchive(
      {
        backup: test.backup,
        tools: test.tools,
        into,
        keepsOwners: false,
        keepsTablespaces: false,
        isTest: true,
        listFile: null,
        tables: test.backup.manifest.tables.length,
      },
      job,
    );
    const restoreMs = Math.round(performance.now() - startedMs);
    return { restoreMs, ...(await compare(into, side, test, localeNote)) };
  } finally {
    if (made.side) await dropScratch(place, made.side, job);
  }
}

const ATTEMPTS = 3;
/** WRONG_OBJECT_TYPE: what CREATE DATABASE says of a locale that the system does not have. */
const NO_SUCH_LOCALE = '42809';

async function createScratch(
  session: WriteSession,
  test: TestRestore,
  keep: (side: SideDatabase) => void,
): Promise<{ readonly side: SideDatabase; readonly localeNote: string }> {
  const { manifest } = test.backup;
  assertNotOlder(session, test);
  const locale = await localeFor(session, manifest.server);
  try {
    return { side: await createAny(session, test, locale, keep), localeNote: '' };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.code === 'PERMISSION_DENIED')
      throw new EngineError(
        'PERMISSION_DENIED',
        `The role ${session.capabilities.role} may not create databases on ${test.server.label}.`,
        'Grant it CREATEDB, or restore on another server.',
        { cause: error },
      );
    if (error.sqlState !== NO_SUCH_LOCALE) throw error;
    // Order differs, contents do not: they can be proven all the same.
    const plain = { ...locale, collate: 'C', ctype: 'C', provider: 'libc', locale: null, icuRules: null };
    const side = await createAny(session, test, plain, keep);
    return { side, localeNote: ` The server does not know the locale ${locale.collate}; C took its place.` };
  }
}

/** Under a name that is free. */
async function createAny(
  session: WriteSession,
  test: TestRestore,
  locale: DatabaseLocale,
  keep: (side: SideDatabase) => void,
): Promise<SideDatabase> {
  const { manifest } = test.backup;
  const { job, pickToken = () => randomBytes(8).toString('hex') } = test;
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

function assertNotOlder(session: WriteSession, { backup, server }: TestRestore): void {
  const needed = Math.floor(backup.manifest.server.versionNum / 10_000);
  const there = Math.floor(session.capabilities.versionNum / 10_000);
  if (there < needed)
    throw new EngineError(
      'PLAN_REFUSED',
      `A backup of PostgreSQL ${needed} cannot be restored by an older one, and ${server.label} has ${there}.`,
      `Restore on a server of PostgreSQL ${needed} or newer.`,
    );
}

/** A dump of single tables has what is in a schema, but not the schema. */
async function createMissingSchemas(
  into: ConnectionTarget,
  { entries, backup, job }: TestRestore,
): Promise<void> {
  if (backup.manifest.scope.kind !== 'tables') return;
  const created = new Set([
    'public',
    ...entries.filter(({ type }) => type === 'SCHEMA').map(({ name }) => name),
  ]);
  const missing = new Set(
    entries.flatMap(({ schema }) => (schema === null || created.has(schema) ? [] : [schema])),
  );
  if (missing.size === 0) return;
  const session = await openWriteSession(into, { jobId: job.id, signal: job.signal });
  try {
    for (const schema of missing)
      await session.run(`CREATE SCHEMA ${quoteIdentifier(schema)}`, {
        lockTimeoutMs: 5_000,
        statementTimeoutMs: 20_000,
        signal: job.signal,
      });
  } finally {
    await session.close();
  }
}

async function compare(
  into: ConnectionTarget,
  side: SideDatabase,
  { backup, entries, job }: TestRestore,
  localeNote: string,
): Promise<Pick<TestRestored, 'text' | 'difference'>> {
  const session = await openWriteSession(into, { jobId: job.id, signal: job.signal });
  try {
    if (session.capabilities.databaseOid !== side.oid)
      throw new EngineError('PLAN_STALE', `${side.database} is another database by now.`, 'Try again.');
    await refuseHiddenRows(session);
    const objects = await compareObjects(session, entries, job.signal);
    const { rows } = await compareRows(session, { tables: backup.manifest.tables, chosen: null }, job);
    return {
      text: `${formatCountOf(rows, 'row')} as in the backup${objects === '' ? '' : `; ${objects}`}.${localeNote}`,
      difference: null,
    };
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'BACKUP_DAMAGED') throw error;
    return { text: error.message, difference: error };
  } finally {
    await session.close();
  }
}

/** Also where the job was cancelled; what cannot be dropped now stays in the trace, for the next start. */
async function dropScratch(place: ServerPlace, side: SideDatabase, job: JobControl): Promise<void> {
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
