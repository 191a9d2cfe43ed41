import { randomBytes } from 'node:crypto';
import { TRASH_DAYS } from '#shared/model/backup.ts';
import { formatCountOf, formatDuration, formatInstant } from '#shared/model/format.ts';
import { EngineError } from '#engine/errors.ts';
import { phraseOf } from '#engine/plans/plan.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import { BUILD_STEPS, type Built, buildBeside } from './build-beside.ts';
import { oldMarkOf, sideName } from './database-mark.ts';
import {
  propertyDifferences,
  propertyStatements,
  readProperties,
  type Unsettable,
  unsettable,
  withoutProperties,
} from './database-properties.ts';
import type { JobControl } from './job.ts';
import { type BackupContext, onTarget, type RestorePlan } from './restore-context.ts';
import { restoreMsOf } from './restore-beside.ts';
import { describeDatabase, lookAtArchive, lookAtOwners } from './restore-preview.ts';
import { onServer } from './server-session.ts';
import {
  CATALOG_LIMITS,
  createDatabaseSql,
  type FoundDatabase,
  findDatabase,
  findDatabaseByOid,
  localeOf,
} from './side-database.ts';
import { swapDatabases, swapSql } from './swap.ts';
import {
  canStandAside,
  lookAtLive,
  lookAtSessions,
  lostProperties,
  mayAlter,
  otherSource,
  scopeOf,
} from './swap-preview.ts';

export const REPLACE_STEPS = {
  target: 'Check the target',
  backup: 'Check the backup',
  safety: 'Make a safety backup',
  ...BUILD_STEPS,
  properties: 'Carry over owner, rights and settings',
  swap: 'End the sessions and swap the names',
} as const;

/**
 * The backup takes the place of the connected database: restored beside it and proven, then both names are changed in
 * one transaction. The database that was there goes on existing under another name. Until that transaction nothing of
 * it is touched; afterwards `swap-back` undoes it.
 */
export async function planReplace(context: BackupContext): Promise<RestorePlan> {
  const { backup, tools, place, signal } = context;
  const { manifest } = backup;
  const [token, oldToken] = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')];
  return onTarget(context, { jobId: context.previewId, signal }, async (session) => {
    const { databaseOid, database } = session.capabilities;
    const live = await findDatabaseByOid(session, databaseOid);
    const locale = await localeOf(session, databaseOid);
    const properties = await readProperties(session, databaseOid);
    if (!live || !locale || !properties)
      throw new EngineError('PLAN_STALE', `${database} is gone.`, 'Look at the databases of the server.');
    const names = { side: sideName(live.name, 'new', token), old: sideName(live.name, 'old', oldToken) };
    const archive = await lookAtArchive(session, manifest, tools);
    const owners = await lookAtOwners(session, manifest);
    const lost = await unsettable(session, properties);
    const plan: ReplacePlan = { context, live, names, token, oldToken, lost };
    return {
      steps: Object.values(REPLACE_STEPS),
      preview: {
        kind: 'replace',
        title: `Replace ${live.name} with the backup of ${formatInstant(manifest.server.snapshotAt)}`,
        verb: 'Replace database',
        risk: 'R4',
        phrase: phraseOf('R4', [
          { object: { kind: 'database', oid: live.oid, schema: null, name: live.name, table: null } },
        ]),
        target: await describeDatabase(session, place, live.oid),
        steps: [
          'The backup is checked again: its files, checksums and contents.',
          `A safety backup of ${live.name} is made and checked. If that fails, everything ends here.`,
          `A new database is made beside it (${names.side}) with the same encoding and locale, and pg_restore fills it.`,
          'The rows of each table are counted and compared with the backup; the planner gets its statistics.',
          'Owner, rights, settings and connection limit of the database are set for the new one, and compared.',
          `Nobody is let into ${live.name} any more, and the sessions in it are ended.`,
          `Both names change in one transaction: ${live.name} becomes ${names.old}, the new database ${live.name}. Either both or none.`,
          'Everybody may connect again.',
        ],
        sql: [
          createDatabaseSql(names.side, locale, live.tablespace),
          ...swapSql(live.name, names.side, names.old),
        ],
        preflight: [
          ...lookAtLive(live, session),
          ...(await mayAlter(session, live)),
          ...(await canStandAside(context, [live.name])),
          ...scopeOf(context),
          ...archive.preflight,
          ...owners.preflight,
          ...(await lookAtSessions(session, live)),
        ],
        mustAccept: [
          ...archive.mustAccept,
          ...owners.mustAccept,
          ...otherSource(context, live),
          ...lostProperties(lost, properties.labels),
        ],
        removes: [],
        keeps: [],
        freedBytes: null,
        estimateMs: restoreMsOf(manifest),
        undo:
          `${live.name} as it is now is kept as ${names.old} for at least ${TRASH_DAYS} days, with everything written until the swap: “Swap back” gives it its name again. ` +
          'Sessions that are ended cannot be had back, and counters of pg_stat views begin anew.',
      },
      run: (job) =>
        replace(
          { ...plan, keepsOwners: owners.keepsOwners, keepsTablespaces: owners.keepsTablespaces, locale },
          job,
        ),
    };
  });
}

interface ReplacePlan {
  readonly context: BackupContext;
  readonly live: FoundDatabase;
  readonly names: { readonly side: string; readonly old: string };
  readonly token: string;
  readonly oldToken: string;
  readonly lost: readonly Unsettable[];
}

interface ReplaceRun extends ReplacePlan {
  readonly keepsOwners: boolean;
  readonly keepsTablespaces: boolean;
  readonly locale: NonNullable<Awaited<ReturnType<typeof localeOf>>>;
}

async function replace(run: ReplaceRun, job: JobControl): Promise<void> {
  const { context, live, names, token } = run;
  const { manifest } = context.backup;
  await job.step(REPLACE_STEPS.target, async () => {
    await onTarget(context, { jobId: job.id, signal: job.signal }, async (session) => {
      // Where the role may not read the server's identifier, the identity is the name alone.
      if (session.capabilities.databaseOid !== live.oid) throw changed(live.name);
      const [stopped] = (await lookAtSessions(session, live)).filter(({ verdict }) => verdict === 'stop');
      if (stopped) throw new EngineError('PLAN_REFUSED', stopped.text, stopped.nextStep);
    });
  });
  await job.step(REPLACE_STEPS.backup, () => context.verifyIntact(job));
  await job.step(REPLACE_STEPS.safety, async (say) => say(`backup ${await context.makeSafetyBackup(job)}`));
  const build = {
    name: names.side,
    locale: run.locale,
    tablespace: live.tablespace,
    keepsOwners: run.keepsOwners,
    keepsTablespaces: run.keepsTablespaces,
    tables: null,
    mark: {
      kind: 'new' as const,
      of: live.name,
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
    const comment = await job.step(REPLACE_STEPS.properties, (say) => carryOver(run, built, job, say));
    await job.step(REPLACE_STEPS.swap, async (say) => {
      const at = new Date();
      const { ended, blockedMs } = await swapDatabases(
        context.place,
        {
          live,
          next: built.side,
          nextMark: built.mark,
          nextComment: comment,
          oldName: names.old,
          oldMark: oldMarkOf(live, {
            token: run.oldToken,
            jobId: job.id,
            backupId: manifest.id,
            at,
            comment,
          }),
          check: (session) => assertCarriedOver(session, run, built, 'PLAN_STALE'),
        },
        job,
      );
      say(
        `${formatCountOf(ended.length, 'session')} ended; nobody could connect for ${formatDuration(blockedMs)}; the former database is ${names.old}`,
      );
    });
    job.made({ database: live.name });
  });
}

/** Returns the comment of the live database. */
async function carryOver(
  run: ReplaceRun,
  built: Built,
  job: JobControl,
  say: (detail: string) => void,
): Promise<string | null> {
  const { context, live, lost } = run;
  const { side } = built;
  return onServer(
    context.place,
    { jobId: job.id, avoid: [live.name, side.database], signal: job.signal },
    async (session) => {
      const [found, wanted, actual] = [
        await findDatabase(session, live.name),
        await readProperties(session, live.oid),
        await readProperties(session, side.oid),
      ];
      if (found?.oid !== live.oid || !wanted || !actual) throw changed(live.name);
      const sql = propertyStatements(
        side.database,
        withoutProperties(wanted, lost, session.capabilities.role),
        actual,
      );
      const limits = { ...CATALOG_LIMITS, signal: job.signal };
      try {
        await session.run('BEGIN', limits);
        for (const statement of sql) await session.run(statement, limits);
        await session.run('COMMIT', limits);
      } catch (error) {
        if (!session.isLost) await session.rollBack();
        throw error;
      }
      await assertCarriedOver(session, run, built, 'QUERY_FAILED');
      say(
        sql.length === 0 ? 'as they are by default' : `${formatCountOf(sql.length, 'statement')}, compared`,
      );
      return found.comment;
    },
  );
}

async function assertCarriedOver(
  session: WriteSession,
  { live, lost }: ReplaceRun,
  { side }: Built,
  code: 'PLAN_STALE' | 'QUERY_FAILED',
): Promise<void> {
  const [wanted, actual] = [await readProperties(session, live.oid), await readProperties(session, side.oid)];
  if (!wanted || !actual) throw changed(live.name);
  const role = session.capabilities.role;
  const differences = propertyDifferences(withoutProperties(wanted, lost, role), actual);
  if (differences.length > 0)
    throw new EngineError(
      code,
      `The new database is not set as ${live.name} is: ${differences.slice(0, 3).join(' ')}`,
      code === 'PLAN_STALE'
        ? 'They were changed while it was restored. Preview again.'
        : 'Connect as a superuser, or as its owner, and try again.',
    );
}

function changed(name: string): EngineError {
  return new EngineError(
    'PLAN_STALE',
    `${name} is not the database any more that this was begun with.`,
    'Look at the databases of the server, then preview again.',
  );
}
