import { randomBytes } from 'node:crypto';
import { formatBytes, formatCountOf, formatDuration, formatInstant } from '#shared/model/format.ts';
import { EngineError } from '#engine/errors.ts';
import { phraseOf } from '#engine/plans/plan.ts';
import { note, stop, warning } from '#engine/plans/preflight.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import { oldMarkOf, sideName } from './database-mark.ts';
import type { JobControl } from './job.ts';
import { type FoundReplaced, readReplaced } from './replaced.ts';
import { onTarget, type PlacedContext, type RestorePlan } from './restore-context.ts';
import { describeDatabase } from './restore-preview.ts';
import { onServer } from './server-session.ts';
import { sessionsIn } from './sessions-elsewhere.ts';
import { dropByForce, type FoundDatabase, findDatabase, findDatabaseByOid } from './side-database.ts';
import { swapDatabases, swapSql } from './swap.ts';
import { canStandAside, lookAtLive, lookAtSessions, mayAlter } from './swap-preview.ts';

export const SWAP_BACK_STEPS = {
  target: 'Check both databases',
  swap: 'End the sessions and swap the names',
} as const;

export const DROP_OLD_STEPS = {
  target: 'Check the database',
  drop: 'Drop it',
} as const;

/** The database that was replaced gets its name again; the one that has it now is kept in its stead. */
export async function planSwapBack(replacedId: string, context: PlacedContext): Promise<RestorePlan> {
  const { place, signal } = context;
  const token = randomBytes(8).toString('hex');
  return onTarget(context, { jobId: context.previewId, signal }, async (session) => {
    const { old, replaced } = await findOld(session, replacedId);
    const live = await findDatabaseByOid(session, session.capabilities.databaseOid);
    if (live?.name !== replaced.shown.database)
      throw new EngineError(
        'PLAN_REFUSED',
        `${old.name} was ${replaced.shown.database}, and this is another database.`,
        `Connect to ${replaced.shown.database}.`,
      );
    const oldName = sideName(live.name, 'old', token);
    const swap = {
      live,
      next: { database: old.name, oid: old.oid, token: replaced.mark.token },
      nextMark: replaced.mark,
      nextComment: replaced.mark.comment,
      oldName,
    };
    return {
      steps: Object.values(SWAP_BACK_STEPS),
      preview: {
        kind: 'swap back',
        title: `Give ${live.name} back to the database it was until ${formatInstant(replaced.shown.replacedAt)}`,
        verb: 'Swap back',
        risk: 'R4',
        phrase: phraseOf('R4', [refOf(live)]),
        target: [
          ...(await describeDatabase(session, place, live.oid)),
          { label: 'Comes back', value: `${old.name} (oid ${old.oid})` },
        ],
        steps: [
          `Nobody is let into ${live.name} and ${old.name} any more, and the sessions in them are ended.`,
          `Both names change in one transaction: ${live.name} becomes ${oldName}, and ${old.name} is ${live.name} again. Either both or none.`,
          'Everybody may connect again. Owner, rights and settings are those that it had.',
        ],
        sql: swapSql(live.name, old.name, oldName),
        preflight: [
          ...lookAtLive(live, session),
          ...(await mayAlter(session, live)),
          ...(await mayAlter(session, old)),
          ...(await canStandAside(context, [live.name, old.name])),
          ...(await lookAtSessions(session, live)),
          warning(
            `What was written into ${live.name} since ${formatInstant(replaced.shown.replacedAt)} is not in the database that comes back.`,
            `It stays in ${oldName}.`,
          ),
        ],
        mustAccept: [],
        removes: [],
        keeps: [],
        freedBytes: null,
        estimateMs: null,
        undo: `${live.name} as it is now is kept as ${oldName}; swapping once more brings it back.`,
      },
      run: async (job) => {
        await job.step(SWAP_BACK_STEPS.target, () =>
          onTarget(context, { jobId: job.id, signal: job.signal }, async (again) => {
            const { old: now } = await findOld(again, replacedId);
            if (now.oid !== old.oid || now.name !== old.name) throw gone();
          }),
        );
        await job.step(SWAP_BACK_STEPS.swap, async (say) => {
          // A crash while nobody is let in must be found.
          job.trace({ scratch: swap.next });
          const comment = await commentOf(context, live, job);
          const oldMark = {
            ...oldMarkOf(live, {
              token,
              jobId: job.id,
              backupId: replaced.shown.backupId,
              at: new Date(),
              comment,
            }),
            isSwappedBack: !replaced.mark.isSwappedBack,
          };
          // Whoever finds it blocked waits for the backend of this job.
          const nextMark = { ...replaced.mark, jobId: job.id };
          const { ended, blockedMs } = await swapDatabases(place, { ...swap, nextMark, oldMark }, job);
          job.trace({ scratch: null });
          say(
            `${formatCountOf(ended.length, 'session')} ended; nobody could connect for ${formatDuration(blockedMs)}; the other one is ${oldName} now`,
          );
        });
        job.made({ database: live.name });
      },
    };
  });
}

async function commentOf(
  { place }: PlacedContext,
  live: FoundDatabase,
  job: JobControl,
): Promise<string | null> {
  return onServer(
    place,
    { jobId: job.id, avoid: [live.name], signal: job.signal },
    async (session) => (await findDatabaseByOid(session, live.oid))?.comment ?? null,
  );
}

/** For good: the only way in which a database that was put aside ever goes. */
export async function planDropOld(replacedId: string, context: PlacedContext): Promise<RestorePlan> {
  const { place, signal } = context;
  return onTarget(context, { jobId: context.previewId, signal }, async (session) => {
    const { old, replaced } = await findOld(session, replacedId);
    const { shown } = replaced;
    const inside = await sessionsIn(session, [old.oid]);
    const [[isYoung] = []] = await session.rows('SELECT pg_catalog.now() < $1::pg_catalog.timestamptz', [
      shown.keepUntil,
    ]);
    return {
      steps: Object.values(DROP_OLD_STEPS),
      preview: {
        kind: 'drop old',
        title: `Drop ${old.name}, which was ${shown.database} until ${formatInstant(shown.replacedAt)}`,
        verb: 'Drop database',
        risk: 'R4',
        phrase: phraseOf('R4', [refOf(old)]),
        target: await describeDatabase(session, place, old.oid),
        steps: [`${old.name} and everything in it is removed from the server.`],
        sql: [`DROP DATABASE ${quoteIdentifier(old.name)} WITH (FORCE)`],
        preflight: [
          ...(old.oid === session.capabilities.databaseOid
            ? [stop('This connection is to that very database.', `Connect to ${shown.database}.`)]
            : []),
          ...(await mayDrop(session, old)),
          ...(isYoung === true
            ? [
                warning(
                  `It was to be kept until ${formatInstant(shown.keepUntil)}.`,
                  `Until it is dropped, “Swap back” can give ${shown.database} back to it.`,
                ),
              ]
            : []),
          ...(inside.length > 0
            ? [
                warning(
                  `${formatCountOf(inside.length, 'session')} in it will be ended: ${inside.map(({ who }) => who).join(', ')}.`,
                  'Somebody still reads from it: ask first.',
                ),
              ]
            : []),
          note('Replication slots of it that nobody uses go with it.'),
        ],
        mustAccept: [],
        removes: [],
        keeps: [],
        freedBytes: shown.sizeBytes,
        estimateMs: null,
        undo:
          `Cannot be undone. What was in ${shown.database} until ${formatInstant(shown.replacedAt)} is then only in backups` +
          `${shown.sizeBytes === null ? '' : `; ${formatBytes(shown.sizeBytes)} are given back`}.`,
      },
      run: async (job) => {
        await job.step(DROP_OLD_STEPS.target, () =>
          onTarget(context, { jobId: job.id, signal: job.signal }, async (again) => {
            await assertSame(again, replacedId, old);
          }),
        );
        await job.step(DROP_OLD_STEPS.drop, () =>
          onServer(place, { jobId: job.id, avoid: [old.name], signal: job.signal }, async (aside) => {
            await assertSame(aside, replacedId, old);
            await dropByForce(aside, old.name);
          }),
        );
      },
    };
  });
}

async function assertSame(session: WriteSession, replacedId: string, old: FoundDatabase): Promise<void> {
  const { old: now } = await findOld(session, replacedId);
  if (now.oid !== old.oid || now.name !== old.name) throw gone();
}

async function findOld(
  session: WriteSession,
  replacedId: string,
): Promise<{ readonly old: FoundDatabase; readonly replaced: FoundReplaced }> {
  const all = await readReplaced((sql, values) => session.rows(sql, values));
  const replaced = all.find(({ shown }) => shown.id === replacedId);
  const old = replaced ? await findDatabase(session, replaced.shown.oldName) : null;
  if (!replaced || old?.mark?.token !== replacedId) throw gone();
  return { old, replaced };
}

async function mayDrop(session: WriteSession, { name, owner }: FoundDatabase) {
  const [[may] = []] = await session.rows(
    `SELECT me.rolsuper OR pg_catalog.pg_has_role(o.oid, 'USAGE')
     FROM pg_catalog.pg_roles me, pg_catalog.pg_roles o WHERE me.rolname = current_user AND o.rolname = $1`,
    [owner],
  );
  return may === true
    ? []
    : [stop(`Only its owner ${owner} or a superuser may drop ${name}.`, 'Connect as such a role.')];
}

function refOf({ oid, name }: FoundDatabase) {
  return { object: { kind: 'database' as const, oid, schema: null, name, table: null } };
}

function gone(): EngineError {
  return new EngineError(
    'NOT_FOUND',
    'The database that was replaced is not there any more, or is another one by now.',
    'Look at the list again.',
  );
}
