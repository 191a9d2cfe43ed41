import type { ToolInstall } from '#shared/model/backup.ts';
import { formatCountOf } from '#shared/model/format.ts';
import { EngineError } from '#engine/errors.ts';
import { quoteIdentifier, quoteQualified } from '#engine/postgres/quote.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import { openWriteSession } from '#engine/postgres/write-session.ts';
import type { FullTocEntry } from './archive-toc.ts';
import { type BackupAt, restoreArchive } from './archive-restore.ts';
import type { JobControl } from './job.ts';
import { privateFile } from './password-file.ts';
import { compareObjects } from './restored-objects.ts';
import { compareRows, refuseHiddenRows } from './restored-rows.ts';
import { createScratch, dropScratch } from './scratch-database.ts';
import { onServer, type ServerPlace } from './server-session.ts';
import type { SideDatabase } from './side-database.ts';

/** Where a backup is restored to prove it. */
export interface TestRestoreServer {
  /** With a database that one can connect to; it is not touched. */
  readonly target: ConnectionTarget;
  /** "shop on db.example:5432", "a PostgreSQL 15 of PgVitals' own". */
  readonly label: string;
  /** The server's folder inside of locations, where it is another one than the backup's. */
  readonly elsewhere?: string;
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
 * holds, and drops it again whatever came of it. Throws an EngineError with the reason where it cannot be restored, and
 * PLAN_REFUSED where it could not even be tried: on an older server, or a part of a database that needs the rest.
 */
export async function testRestore(test: TestRestore): Promise<TestRestored> {
  const { job, server } = test;
  const place: ServerPlace = { target: server.target, systemIdentifier: null };
  const made: { side: SideDatabase | null } = { side: null };
  const keep = (side: SideDatabase): void => {
    job.trace({ scratch: { ...side, on: server.elsewhere ?? null } });
    made.side = side;
  };
  try {
    const startedMs = performance.now();
    const { side, localeNote } = await onServer(place, { jobId: job.id, signal: job.signal }, (session) =>
      createScratch(session, { ...test, serverLabel: server.label }, keep),
    );
    const into = { ...server.target, database: side.database };
    await createMissingSchemas(into, test);
    const { within, note } = restorable(test);
    await restoreEntries(into, test, within);
    const restoreMs = Math.round(performance.now() - startedMs);
    return {
      restoreMs,
      ...(await compare(into, side, { ...test, entries: within }, `${note}${localeNote}`)),
    };
  } finally {
    if (made.side) await dropScratch(place, made.side, job);
  }
}

/** Without foreign keys to tables that a backup of a part does not have. */
function restorable({ entries, backup }: TestRestore): {
  readonly within: readonly FullTocEntry[];
  readonly note: string;
} {
  if (backup.manifest.scope.kind === 'database') return { within: entries, note: '' };
  const tables = new Set(
    entries
      .filter(({ type }) => type === 'TABLE' || type === 'FOREIGN TABLE')
      .map(({ schema, name }) => quoteQualified(schema ?? '', name)),
  );
  const within = entries.filter(({ type, definition }) => {
    // As written by our pg_dump, which quotes all names.
    const referenced = /REFERENCES ("(?:[^"]|"")+"\."(?:[^"]|"")+")/.exec(definition ?? '')?.[1];
    return type !== 'FK CONSTRAINT' || referenced === undefined || tables.has(referenced);
  });
  const left = entries.length - within.length;
  const keys = formatCountOf(left, 'foreign key');
  return { within, note: left === 0 ? '' : ` Left out: ${keys} to tables that are not in it.` };
}

async function restoreEntries(
  into: ConnectionTarget,
  { backup, entries, tools, job }: TestRestore,
  within: readonly FullTocEntry[],
): Promise<void> {
  const isWhole = within.length === entries.length;
  const list = isWhole ? null : await privateFile(within.map(({ id }) => `${id};\n`).join(''));
  try {
    await restoreArchive(
      {
        backup,
        tools,
        into,
        keepsOwners: false,
        keepsTablespaces: false,
        isTest: true,
        listFile: list?.path ?? null,
        tables: backup.manifest.tables.length,
      },
      job,
    );
  } catch (error) {
    const isOfPart = backup.manifest.scope.kind !== 'database';
    if (isOfPart && error instanceof EngineError && /does not exist/.test(error.message))
      throw new EngineError(
        'PLAN_REFUSED',
        `This backup of a part of the database cannot be restored by itself: ${error.message}`,
        'Back up the whole database to have a proof.',
        { cause: error },
      );
    throw error;
  } finally {
    await list?.remove();
  }
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
