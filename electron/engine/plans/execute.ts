import type { ActionOutcome, JobAction, JobError, Measure } from '#shared/model/plan.ts';
import { EngineError, isAbort } from '#engine/errors.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import type { NewCopy } from '#engine/store/copies.ts';
import type { ActionTrace, IndexState } from '#engine/store/journal.ts';
import { guardStates, type GuardState } from './guards.ts';
import { dropLeftover, type FoundLeftover, indexStates, leftoversOf } from './leftovers.ts';
import { freedBytes, measure, unsettled } from './measures.ts';
import type { Sight } from './observe.ts';
import type { AroundOutcome, AroundRun, PlannedAction } from './plan.ts';
import { policyOf } from './policy.ts';
import { groupsOf, type RunContext, runGroup, watched } from './run-statements.ts';

export interface ExecuteContext extends Omit<RunContext, 'fill'> {
  /** A new session of the same job, where the first one was lost: its backend is ended first, so that the truth stands. */
  readonly reopen: (lostPid: number) => Promise<WriteSession>;
  readonly jobId: string;
  /** Files what the action destroys, before it does. */
  readonly keepCopy: (copy: NewCopy) => void;
  /** Read by the caller, who has written it down before anything runs. */
  readonly indexesBefore: readonly IndexState[];
  /** Whoever cancels twice does not wait for the clean-up either. */
  readonly hurry: AbortSignal;
}

export interface ActionResult {
  readonly action: JobAction;
  readonly trace: ActionTrace;
  readonly leftovers: readonly (FoundLeftover & { readonly state: 'removed' | 'there' })[];
  /** The session to go on with; null where there is none. */
  readonly session: WriteSession | null;
}

/**
 * Runs one action of a plan to its end, whatever end that is: statements one per call, each with the limits of its kind;
 * a lock that is not free is tried again after a pause; an index that an interrupted statement left is removed. What the
 * result says was read from the catalog afterwards. Never rejects.
 */
export async function executeAction(planned: PlannedAction, context: ExecuteContext): Promise<ActionResult> {
  const startedMs = performance.now();
  const refs = planned.guards.map(({ ref }) => ref);
  const { indexesBefore } = context;
  const mayLeave = mayLeaveIndexes(planned);
  const notes: string[] = [];
  let { session } = context;
  let ran = 0;
  let error: EngineError | null = null;
  let before: readonly Measure[] = [];
  let around: AroundRun | null = null;
  try {
    before = await measure(session, planned, []);
    await keepCopy(planned, context, notes);
    around = (await planned.around?.begin({ jobId: context.jobId, session })) ?? null;
    for (const group of groupsOf(planned)) {
      await runGroup(group, { ...context, session, fill: around?.fill }, notes);
      ran += group.statements.length;
    }
  } catch (thrown) {
    error = asEngineError(thrown);
  }
  const settle = async (): Promise<void> => {
    const run = around;
    around = null;
    if (run === null || (await endAround(run, error, notes)) !== 'done') return;
    ran = planned.sql.length;
    error = null;
  };

  const trace = (after: readonly GuardState[]): ActionTrace => ({
    guards: planned.guards.map(({ ref, state }, at) => ({ ref, before: state, after: after[at] ?? null })),
    indexesBefore,
  });
  const result = (
    outcome: ActionOutcome,
    measures: readonly Measure[],
    after: readonly GuardState[],
    leftovers: ActionResult['leftovers'],
    lastSession: WriteSession | null,
  ): ActionResult => ({
    action: {
      ...describe(planned),
      outcome,
      ran,
      durationMs: Math.round(performance.now() - startedMs),
      error: error === null ? null : toJobError(error),
      measures,
      freedBytes: freedBytes(planned, measures),
      notes,
    },
    trace: trace(after),
    leftovers,
    session: lastSession,
  });

  try {
    // The server says goodbye before the socket closes.
    if (session.isLost || (error !== null && isLostLink(error))) {
      const { backendPid } = session;
      await session.close();
      session = await context.reopen(backendPid).catch(async (thrown: unknown) => {
        if (around === null) throw thrown;
        // The password that the job changed may be the one that it logs in with.
        await settle();
        return context.reopen(backendPid);
      });
    }
    // After the end of a lost backend: until then it may still do it.
    await settle();
    const leftovers = error && mayLeave ? await cleanUp(session, refs, indexesBefore, context, notes) : [];
    if (error) notes.push(...(await offendersOf(planned, error, session)));
    const after = await guardStates(rowsOf(session), refs);
    const measures = await measure(session, planned, before);
    if (error === null) notes.push(...unsettled(planned, measures));
    if (error === null) return result('done', measures, after, leftovers, session);
    if (isLostLink(error) && ran === planned.sql.length - 1 && hasTakenEffect(planned, after)) {
      notes.push('The connection was lost before the server answered; the catalog shows that it was done.');
      ran = planned.sql.length;
      error = null;
      return result('done', measures, after, leftovers, session);
    }
    return result(outcomeOf(error), measures, after, leftovers, session);
  } catch (thrown) {
    // The server is gone: what is true is read at the next start.
    await settle();
    error ??= asEngineError(thrown);
    return result('interrupted', before, [], [], null);
  }
}

export function mayLeaveIndexes({ sql }: PlannedAction): boolean {
  return sql.some((statement) => policyOf(statement).leavesIndexes);
}

export function describe(
  planned: PlannedAction,
): Pick<JobAction, 'title' | 'object' | 'sql' | 'undo' | 'way' | 'risk' | 'secretLabel'> {
  const { title, object, sql, undo, way, risk, around } = planned;
  return { title, object, sql, undo, way, risk, ...(around ? { secretLabel: around.secretLabel } : {}) };
}

export function toJobError(error: EngineError): JobError {
  return { message: error.message, nextStep: error.nextStep, sqlState: error.sqlState };
}

/**
 * Removes what this job left. It waits for the same transactions that the statement waited for, without stopping
 * anybody; a second cancel ends the waiting, and the journal says that the index is still there.
 */
async function cleanUp(
  session: WriteSession,
  refs: PlannedAction['guards'][number]['ref'][],
  before: readonly IndexState[],
  context: ExecuteContext,
  notes: string[],
): Promise<ActionResult['leftovers']> {
  const found = leftoversOf(before, await indexStates(rowsOf(session), refs));
  const result: (FoundLeftover & { state: 'removed' | 'there' })[] = [];
  for (const leftover of found) {
    if (leftover.from === 'drop') {
      result.push({ ...leftover, state: 'there' });
      continue;
    }
    const signal = AbortSignal.any([AbortSignal.timeout(CLEAN_UP_MS), context.hurry]);
    const show = (sight: Sight | null): void =>
      context.onProgress({
        phase: `removing the unfinished index ${leftover.name}`,
        percent: null,
        blockers: sight?.blockers ?? [],
        attempt: 1,
        attempts: 1,
      });
    show(null);
    try {
      const sql = dropLeftover(leftover);
      await watched({ ...context, session, signal }, show, () =>
        session.run(sql, { ...policyOf(sql), signal }),
      );
      notes.push(`The unfinished index ${leftover.name} was removed.`);
      result.push({ ...leftover, state: 'removed' });
    } catch {
      notes.push(
        `The unfinished index ${leftover.name} is still there: a transaction that is older holds it.`,
      );
      result.push({ ...leftover, state: 'there' });
      if (session.isLost) break;
    }
  }
  return result;
}

/** A transaction that holds an unfinished index may last for hours: then the index is offered for removal later. */
const CLEAN_UP_MS = 10 * 60_000;

/** Which rows stand in the way; nothing where it failed for another reason, or they cannot be found in time. */
async function offendersOf(
  { offenders }: PlannedAction,
  { sqlState }: EngineError,
  session: WriteSession,
): Promise<string[]> {
  if (offenders === null || sqlState === null || !offenders.sqlStates.includes(sqlState)) return [];
  const rows = await session.rows(offenders.sql).catch(() => []);
  return rows.length === 0 ? [] : [`${offenders.title}: ${rows.map(([row]) => String(row)).join(', ')}.`];
}

/** A copy that cannot be had or kept ends the action: then nothing has run. */
async function keepCopy(
  { keep }: PlannedAction,
  { session, keepCopy: file }: ExecuteContext,
  notes: string[],
): Promise<void> {
  if (keep === null) return;
  const rows = await session.rows(keep.sql);
  file({ title: keep.title, rows: rows.map(([row]) => String(row)) });
  notes.push(`A copy is kept with this job: ${keep.title}, ${rows.length} rows.`);
}

/** What the secret's keeper found; `not done` where it does not say. Its own failure must not hide the action's end. */
async function endAround(
  around: AroundRun,
  error: EngineError | null,
  notes: string[],
): Promise<AroundOutcome> {
  const seen = error === null ? 'done' : isLostLink(error) ? 'unknown' : 'not done';
  try {
    const end = await around.end(seen);
    notes.push(...end.notes);
    return end.outcome;
  } catch (thrown) {
    notes.push(`What was kept for it could not be settled: ${asEngineError(thrown).message}`);
    return seen;
  }
}

/** Something that the plan's statements make, drop or change is different now, or gone as it was meant to. */
function hasTakenEffect({ guards }: PlannedAction, after: readonly GuardState[]): boolean {
  return guards.some(({ state }, at) => state !== (after[at] ?? null));
}

function outcomeOf(error: EngineError): ActionOutcome {
  if (isAbort(error)) return 'cancelled';
  return isLostLink(error) ? 'interrupted' : 'failed';
}

function isLostLink({ code }: EngineError): boolean {
  return code === 'CONNECTION_LOST' || code === 'NOT_CONNECTED';
}

function asEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  if (isAbort(error)) return new EngineError('CANCELLED', 'Cancelled.');
  return new EngineError('INTERNAL', 'PgVitals met an error it did not expect.', null, { cause: error });
}

function rowsOf(session: WriteSession) {
  return (sql: string, values: readonly unknown[]) => session.rows(sql, values);
}
