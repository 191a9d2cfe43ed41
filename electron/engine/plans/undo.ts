import type { StoredJob } from '#engine/store/journal.ts';
import type { PreflightItem } from '#shared/model/plan.ts';
import { EngineError } from '#engine/errors.ts';
import { quoteQualified } from '#engine/postgres/quote.ts';
import type { Built } from './actions/action.ts';
import { guardStates, type ReadRows } from './guards.ts';
import { dropLeftover, indexStates } from './leftovers.ts';
import type { ActionDraft } from './plan.ts';
import { skeletonOf } from './policy.ts';
import { warning } from './preflight.ts';

/**
 * The reverse of a job: of each action that ran and has a way back, last one first. What was changed since then by
 * somebody else is said before it is run.
 */
export async function undoOf({ job, traces }: StoredJob, read: ReadRows): Promise<Built> {
  if (job.undoneBy !== null)
    throw new EngineError(
      'PLAN_REFUSED',
      'This was taken back already.',
      'Look in the journal for the job that did it.',
    );
  const steps = job.actions
    .map((action, at) => ({ action, trace: traces[at] }))
    .filter(({ action }) => action.way === 'exact' && action.ran > 0)
    .reverse();
  if (steps.length === 0)
    throw new EngineError('PLAN_REFUSED', job.noUndo ?? 'Nothing of this job ran.', null);
  const drafts: ActionDraft[] = [];
  for (const { action, trace } of steps) {
    const guards = trace?.guards ?? [];
    const now = await guardStates(
      read,
      guards.map(({ ref }) => ref),
    );
    const changed: PreflightItem[] = guards.flatMap(({ ref, after }, at) =>
      // A table changes with every index and key on it: that alone says nothing about this one.
      after === (now[at] ?? null) || ref.kind === 'table' || ref.kind === 'matview'
        ? []
        : [warning(`${ref.name} has changed since this job.`, 'Read what the undo does before you run it.')],
    );
    drafts.push({
      fix: {
        title: `Undo: ${action.title}`,
        sql: action.undo,
        undo: action.sql,
        risk: action.undo.every(isOnlineBuild) ? 'R2' : action.risk,
        lock: lockOf(action.undo),
        lockInWords: lockWords(action.undo),
        inTransaction: !action.undo.some((sql) => / CONCURRENTLY |^ALTER SYSTEM/.test(skeletonOf(sql))),
        notes: [],
      },
      object: action.object,
      // Dropped by the job: there is nothing of this name, or the undo would meet another thing.
      isNew: guards[0]?.after === null,
      guards: guards.slice(1).map(({ ref }) => ref),
      preflight: changed,
    });
  }
  const [only] = drafts;
  return {
    title: drafts.length === 1 && only ? only.fix.title : `Undo: ${job.title}`,
    verb: 'Undo',
    drafts,
  };
}

/** What is left of an interrupted job: indexes that it had begun are dropped; one that it had begun to drop, as asked. */
export async function leftoversPlan(
  { job }: StoredJob,
  how: 'drop' | 'rebuild',
  read: ReadRows,
): Promise<Built> {
  const left = job.leftovers.filter(({ state }) => state === 'there');
  const invalid = new Set(
    (
      await indexStates(
        read,
        left.map(({ schema, table, name }) => ({ kind: 'index', oid: 0, schema, name, table })),
      )
    )
      .filter(({ isValid }) => !isValid)
      .map(({ schema, name }) => quoteQualified(schema, name)),
  );
  const drafts = left
    .map((leftover) => ({ leftover, quoted: quoteQualified(leftover.schema, leftover.name) }))
    .filter(({ quoted }) => invalid.has(quoted))
    .map(({ leftover, quoted }): ActionDraft => {
      const { schema, table, name, from } = leftover;
      const isRebuilt = how === 'rebuild' && from === 'drop';
      const undo =
        job.actions.find(({ object }) => object.schema === schema && object.name === name)?.undo ?? [];
      return {
        fix: {
          title: isRebuilt ? `Rebuild the index ${name}` : `Drop the unfinished index ${name}`,
          sql: [isRebuilt ? `REINDEX INDEX CONCURRENTLY ${quoted}` : dropLeftover(leftover)],
          undo: isRebuilt || from === 'build' ? [] : undo,
          risk: from === 'build' || isRebuilt ? 'R2' : 'R4',
          lock: 'SHARE UPDATE EXCLUSIVE',
          lockInWords: `Reads and writes of ${table} go on. It waits for transactions that started before it.`,
          inTransaction: false,
          notes: ['Nobody uses an index that is not valid; it only costs time with every write.'],
        },
        object: { kind: 'index', oid: 0, schema, name, table },
      };
    });
  const [only] = drafts;
  if (!only) throw new EngineError('PLAN_REFUSED', 'This job left nothing behind that is still there.', null);
  return {
    title: drafts.length === 1 ? only.fix.title : `Remove ${drafts.length} unfinished indexes`,
    verb: how === 'rebuild' ? 'Rebuild' : 'Drop',
    drafts,
  };
}

/** Building what was dropped loses nothing and stops nobody, whatever its removal was. */
function isOnlineBuild(sql: string): boolean {
  return /^CREATE (UNIQUE )?INDEX CONCURRENTLY /.test(sql);
}

function lockOf(statements: readonly string[]): ActionDraft['fix']['lock'] {
  const bare = statements.map(skeletonOf);
  if (bare.every((sql) => WEAK.test(sql))) return 'SHARE UPDATE EXCLUSIVE';
  return bare.every((sql) => UNLOCKED.test(sql)) ? 'none' : 'ACCESS EXCLUSIVE';
}

const UNLOCKED = /^(ALTER (SYSTEM|ROLE|EXTENSION)|DROP EXTENSION|GRANT|REVOKE|SET ROLE|RESET ROLE|SELECT)\b/;
const WEAK =
  / CONCURRENTLY |^ALTER TABLE \S+ VALIDATE CONSTRAINT|^ALTER (TABLE|MATERIALIZED VIEW) \S+ (RE)?SET \(/;

function lockWords(statements: readonly string[]): string {
  switch (lockOf(statements)) {
    case 'SHARE UPDATE EXCLUSIVE':
      return 'Reads and writes go on; only other schema changes and VACUUM wait.';
    case 'none':
      return 'No table is locked.';
    default:
      return 'Nobody can read or write the table for a moment; with lock_timeout set it gives up instead of queueing others.';
  }
}
