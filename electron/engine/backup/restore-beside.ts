import { randomBytes } from 'node:crypto';
import type { TableName } from '#shared/model/backup.ts';
import { formatCountOf, formatInstant } from '#shared/model/format.ts';
import { EngineError } from '#engine/errors.ts';
import { stop } from '#engine/plans/preflight.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { archiveProperties } from './archive-properties.ts';
import { BUILD_STEPS, type Built, buildBeside } from './build-beside.ts';
import { sideName } from './database-mark.ts';
import type { JobControl } from './job.ts';
import type { Manifest } from './manifest.ts';
import type { BackupContext, RestorePlan } from './restore-context.ts';
import { onTarget } from './restore-context.ts';
import { describeServer, lookAtArchive, lookAtOwners } from './restore-preview.ts';
import { onServer } from './server-session.ts';
import {
  CATALOG_LIMITS,
  commentSql,
  createDatabaseSql,
  findDatabase,
  localeFor,
  taken,
} from './side-database.ts';
import { hasTakenName, whileNobodyIsIn } from './swap.ts';

export const BESIDE_STEPS = {
  target: 'Check the server',
  backup: 'Check the backup',
  ...BUILD_STEPS,
  properties: 'Settings and rights of the database',
  name: 'Give it its name',
} as const;

/**
 * A backup, or some of its tables, into a database that was not there. It gets its name only when it is complete and its
 * rows were counted. A name that is taken stops the plan.
 */
export async function planRestoreBeside(
  context: BackupContext & { readonly database: string; readonly tables: readonly TableName[] | null },
): Promise<RestorePlan> {
  const { backup, tools, database, tables, place, signal } = context;
  const { manifest } = backup;
  const token = randomBytes(8).toString('hex');
  const name = sideName(database, 'new', token);
  const isWhole = tables === null;
  return onTarget(context, { jobId: context.previewId, signal }, async (session) => {
    const archive = await lookAtArchive(session, manifest, tools);
    const owners = await lookAtOwners(session, manifest);
    const locale = await localeFor(session, manifest.server);
    const isTaken = (await findDatabase(session, database)) !== null;
    const steps = Object.values(BESIDE_STEPS).filter((title) => isWhole || title !== BESIDE_STEPS.properties);
    const keepsOwners = isWhole && owners.keepsOwners;
    return {
      steps,
      preview: {
        kind: 'restore',
        title: isWhole
          ? `Restore into ${database}`
          : `Restore ${formatCountOf(tables.length, 'table')} into ${database}`,
        verb: 'Restore',
        risk: 'R2',
        phrase: null,
        target: [
          ...describeServer(session, place),
          { label: 'New database', value: database },
          {
            label: 'Backup',
            value: `${manifest.server.database}, ${formatInstant(manifest.server.snapshotAt)}`,
          },
        ],
        steps: [
          'The backup is checked again: its files, checksums and contents.',
          `A new database is made beside all others (${name}), from template0.`,
          isWhole
            ? 'pg_restore fills it and ends at the first error.'
            : `pg_restore fills it with ${formatCountOf(tables.length, 'table')}: rows, keys, indexes, sequences and the types they need; foreign keys only among them; no triggers, no policies.`,
          'The rows of each table are counted and compared with the backup; the planner gets its statistics.',
          `It gets the name ${database}. Until then it is dropped if anything fails.`,
          keepsOwners
            ? `The database belongs to ${session.capabilities.role}, objects in it to whom they belonged, with the same privileges.`
            : `Everything in it belongs to ${session.capabilities.role}.`,
          isWhole
            ? 'Settings, limits and rights of the database itself are set as the backup has them.'
            : `Nobody else may connect to it.`,
        ],
        sql: [
          createDatabaseSql(name, locale, null),
          `ALTER DATABASE ${quoteIdentifier(name)} RENAME TO ${quoteIdentifier(database)}`,
        ],
        preflight: [
          ...(isTaken
            ? [
                stop(
                  taken(database).message,
                  'Choose another name: nothing is ever restored into a database that is there.',
                ),
              ]
            : []),
          ...archive.preflight,
          ...(isWhole ? owners.preflight : []),
        ],
        mustAccept: [...archive.mustAccept, ...(isWhole ? owners.mustAccept : [])],
        removes: [],
        keeps: [],
        freedBytes: null,
        estimateMs: isWhole ? restoreMsOf(manifest) : null,
        undo: `No other database is changed. Drop ${database} when it is not needed any more.`,
      },
      run: async (job) => {
        await job.step(BESIDE_STEPS.target, () =>
          onTarget(context, { jobId: job.id, signal: job.signal }, async (again) => {
            if (await findDatabase(again, database)) throw taken(database);
          }),
        );
        await job.step(BESIDE_STEPS.backup, () => context.verifyIntact(job));
        const build = {
          name,
          locale,
          tablespace: null,
          keepsOwners,
          keepsTablespaces: owners.keepsTablespaces,
          tables,
          mark: {
            kind: 'new' as const,
            of: database,
            token,
            backupId: manifest.id,
            isSwappedBack: false,
            at: new Date().toISOString(),
            keepUntil: null,
            blockedOid: null,
            comment: null,
          },
        };
        await buildBeside(context, build, job, async (built) => {
          const comment = isWhole
            ? await setProperties(context, { built, database, keepsOwners }, job)
            : null;
          await job.step(BESIDE_STEPS.name, () => giveName(context, built, { database, comment }, job));
        });
        job.made({ database });
      },
    };
  });
}

/** The last test restore of this backup took as long; null without one. */
export function restoreMsOf({ verifications }: Manifest): number | null {
  return verifications.findLast(({ restoreMs }) => restoreMs !== null)?.restoreMs ?? null;
}

/** What the archive says of the database itself; what this role may not set is told. Returns the statement of its comment. */
async function setProperties(
  { place, backup, tools }: BackupContext,
  of: { readonly built: Built; readonly database: string; readonly keepsOwners: boolean },
  job: JobControl,
): Promise<string | null> {
  const as = of.built.side.database;
  return job.step(BESIDE_STEPS.properties, async (say) => {
    const found = await archiveProperties(backup, tools, {
      as,
      comesBackAs: of.database,
      keepsOwners: of.keepsOwners,
      signal: job.signal,
    }).catch((error: unknown) => {
      // As for a name with a line break, which pg_restore refuses to write; the contents are there all the same.
      if (!(error instanceof EngineError) || error.code !== 'TOOL_FAILED') throw error;
      job.note(`The settings and rights of the database itself could not be read: ${error.message}`);
      return { statements: [], comment: null };
    });
    const refused: string[] = [];
    await onServer(place, { jobId: job.id, signal: job.signal }, async (session) => {
      const limits = { ...CATALOG_LIMITS, signal: job.signal };
      // From here on it is open to whom a new database is: the archive says what is different.
      await session.run(`GRANT CONNECT, TEMPORARY ON DATABASE ${quoteIdentifier(as)} TO PUBLIC`, limits);
      for (const sql of found.statements) {
        try {
          await session.run(sql, limits);
        } catch (error) {
          if (!(error instanceof EngineError) || error.sqlState === null || session.isLost) throw error;
          const shown = sql.replace(quoteIdentifier(as), quoteIdentifier(of.database));
          refused.push(`Not set for the database: ${shown} (${error.message})`);
        }
      }
    });
    for (const text of refused) job.note(text);
    say(
      `${found.statements.length - refused.length} of ${formatCountOf(found.statements.length, 'statement')}`,
    );
    return found.comment;
  });
}

async function giveName(
  { place }: BackupContext,
  { side, mark }: Built,
  { database, comment }: { readonly database: string; readonly comment: string | null },
  job: JobControl,
): Promise<void> {
  const lost = { jobId: job.id, backendPid: 0 };
  try {
    await onServer(place, { jobId: job.id, avoid: [side.database], signal: job.signal }, async (session) => {
      lost.backendPid = session.backendPid;
      const found = await findDatabase(session, side.database);
      if (found?.oid !== side.oid || found.mark?.token !== mark.token)
        throw new EngineError('PLAN_STALE', `${side.database} is another database by now.`, 'Try again.');
      await whileNobodyIsIn(
        session,
        { name: side.database, oids: [side.oid], signal: job.signal },
        async () => {
          const limits = { lockTimeoutMs: 10_000, statementTimeoutMs: 30_000 };
          await session.run('BEGIN', limits);
          await session.run(
            `ALTER DATABASE ${quoteIdentifier(side.database)} RENAME TO ${quoteIdentifier(database)}`,
            limits,
          );
          await session.run(comment ?? commentSql(database, null), limits);
          await session.run('COMMIT', limits);
        },
      );
    });
  } catch (error) {
    const isNamed =
      lost.backendPid !== 0 &&
      (await hasTakenName(place, { oid: side.oid, name: database, avoid: [side.database] }, lost));
    if (!isNamed) throw error;
  }
}
