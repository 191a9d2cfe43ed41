import type { TableName } from '#shared/model/backup.ts';
import { formatCountOf } from '#shared/model/format.ts';
import { EngineError } from '#engine/errors.ts';
import { openWriteSession, type WriteSession } from '#engine/postgres/write-session.ts';
import { isOneTransaction, restoreArchive } from './archive-restore.ts';
import type { DatabaseMark } from './database-mark.ts';
import type { JobControl } from './job.ts';
import { privateFile } from './password-file.ts';
import type { BackupContext } from './restore-context.ts';
import { analyzeDatabase, compareRows, refuseHiddenRows } from './restored-rows.ts';
import { onServer } from './server-session.ts';
import {
  createSideDatabase,
  type DatabaseLocale,
  dropSideDatabase,
  type SideDatabase,
  type SideRemoval,
} from './side-database.ts';
import { untilServerIsBack } from './swap.ts';
import { tableList } from './table-selection.ts';

export const BUILD_STEPS = {
  create: 'Create a new database beside',
  restore: 'Restore into it',
  compare: 'Compare the rows',
  analyze: 'Collect statistics',
} as const;

export interface Build {
  /** The name that is free for the work. */
  readonly name: string;
  readonly mark: Omit<DatabaseMark, 'oid' | 'jobId'>;
  readonly locale: DatabaseLocale;
  readonly tablespace: string | null;
  readonly keepsOwners: boolean;
  readonly keepsTablespaces: boolean;
  /** Null = all of the backup. */
  readonly tables: readonly TableName[] | null;
}

export interface Built {
  readonly side: SideDatabase;
  readonly mark: DatabaseMark;
}

/**
 * Restores the backup into a new database of its own and proves it; then `use` puts it in its place. Where any of it
 * fails or is cancelled, the new database is dropped again, and no other database was touched.
 */
export async function buildBeside(
  context: BackupContext,
  build: Build,
  job: JobControl,
  use: (built: Built) => Promise<void>,
): Promise<void> {
  const made: { side: SideDatabase | null } = { side: null };
  try {
    await use(await make(context, build, job, (side) => (made.side = side)));
    job.trace({ scratch: null });
  } catch (error) {
    if (made.side) await removeSide(context, made.side, job);
    throw error;
  }
}

async function make(
  context: BackupContext,
  build: Build,
  job: JobControl,
  onMade: (side: SideDatabase) => void,
): Promise<Built> {
  const { place, backup, tools, target } = context;
  const mark = { ...build.mark, jobId: job.id };
  const side = await job.step(BUILD_STEPS.create, async (say) => {
    say(build.name);
    const keep = (kept: SideDatabase): void => {
      job.trace({ scratch: kept });
      onMade(kept);
    };
    return onServer(place, { jobId: job.id, signal: job.signal }, (session) =>
      createSideDatabase(session, { ...build, mark }, keep, job.signal),
    );
  });
  const into = { ...target, database: side.database };
  await job.step(BUILD_STEPS.restore, async (say) => {
    say(isOneTransaction(backup.manifest) ? 'in one transaction' : 'with two processes');
    const list =
      build.tables === null
        ? null
        : await privateFile(await tableList(backup, tools, build.tables, job.signal));
    try {
      await restoreArchive(
        { ...build, backup, tools, into, listFile: list?.path ?? null, tables: countOf(build, context) },
        job,
      );
    } finally {
      await list?.remove();
    }
  });
  await job.step(BUILD_STEPS.compare, (say) =>
    inside(into, side, job, async (session) => {
      await refuseHiddenRows(session);
      const { tables, rows } = await compareRows(
        session,
        { tables: backup.manifest.tables, chosen: build.tables },
        job,
      );
      say(`${formatCountOf(rows, 'row')} in ${formatCountOf(tables, 'table')}: as in the backup`);
    }),
  );
  await job.step(BUILD_STEPS.analyze, () =>
    inside(into, side, job, (session) => analyzeDatabase(session, job.signal)),
  );
  return { side, mark: { ...mark, oid: side.oid } };
}

function countOf({ tables }: Build, { backup }: BackupContext): number {
  return tables?.length ?? backup.manifest.tables.length;
}

async function inside<T>(
  into: BackupContext['target'],
  side: SideDatabase,
  job: JobControl,
  work: (session: WriteSession) => Promise<T>,
): Promise<T> {
  const session = await openWriteSession(into, { jobId: job.id, signal: job.signal });
  try {
    if (session.capabilities.databaseOid !== side.oid)
      throw new EngineError('PLAN_STALE', `${side.database} is another database by now.`, 'Try again.');
    return await work(session);
  } finally {
    await session.close();
  }
}

/** Also when the job was cancelled; what cannot be removed now stays in the trace for the next start. */
async function removeSide(context: BackupContext, side: SideDatabase, job: JobControl): Promise<void> {
  const { place, target } = context;
  try {
    const removal: SideRemoval = await untilServerIsBack(() =>
      onServer(place, { jobId: job.id, avoid: [side.database] }, (session) =>
        dropSideDatabase(session, side, target),
      ),
    );
    job.trace({ scratch: null });
    if (removal === 'dropped') job.note(`The unfinished database ${side.database} was dropped.`);
  } catch (error) {
    const why = error instanceof EngineError ? error.message : 'an error that was not expected';
    job.note(`${side.database} could not be dropped now (${why}); it goes at the next start.`);
  }
}
