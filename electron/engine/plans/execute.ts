import { setTimeout as delay } from 'node:timers/promises';
import type { FactName } from '#shared/model/facts.ts';
import type { ActionOutcome, JobAction, JobError, JobProgress, Measure } from '#shared/model/plan.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { RELOAD } from '#engine/audit/setting-fixes.ts';
import { EngineError, isAbort } from '#engine/errors.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import type { NewCopy } from '#engine/store/copies.ts';
import type { ActionTrace, IndexState } from '#engine/store/journal.ts';
import { guardStates, type GuardState } from './guards.ts';
import { dropLeftover, type FoundLeftover, indexStates, leftoversOf } from './leftovers.ts';
import { freedBytes, measure, unsettled } from './measures.ts';
import { observe, type Sight } from './observe.ts';
import type { AroundOutcome, AroundRun, PlannedAction } from './plan.ts';
import { policyOf, withJitter } from './policy.ts';
import { loadTime, untilReloaded } from './reload.ts';

export interface ExecuteContext {
  readonly session: WriteSession;
  /** A new session of the same job, where the first one was lost: its backend is ended first, so that the truth stands. */
  readonly reopen: (lostPid: number) => Promise<WriteSession>;
  readonly facts: (
    needs: readonly FactName[],
    options: { maxAgeMs: number; signal: AbortSignal },
  ) => Promise<Snapshot>;
  readonly jobId: string;
  /** Files what the action destroys, before it does. */
  readonly keepCopy: (copy: NewCopy) => void;
  /** Read by the caller, who has written it down before anything runs. */
  readonly indexesBefore: readonly IndexState[];
  readonly signal: AbortSignal;
  /** Whoever cancels twice does not wait for the clean-up either. */
  readonly hurry: AbortSignal;
  readonly onProgress: (progress: JobProgress) => void;
  /** Replaced in tests of the retries. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
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

interface Group {
  readonly statements: readonly string[];
  readonly isTransaction: boolean;
}

/** Statements that may, run together or not at all; the others one by one. */
function groupsOf({ sql, inTransaction }: PlannedAction): Group[] {
  const groups: { statements: string[]; isTransaction: boolean }[] = [];
  for (const statement of sql) {
    const last = groups.at(-1);
    const joins = inTransaction && !policyOf(statement).isAlone;
    if (joins && last?.isTransaction) last.statements.push(statement);
    else groups.push({ statements: [statement], isTransaction: joins });
  }
  return groups;
}

/** The statements, with the texts that stand for their placeholders. */
interface RunContext extends ExecuteContext {
  readonly fill: AroundRun['fill'] | undefined;
}

async function runGroup(group: Group, context: RunContext, notes: string[]): Promise<void> {
  const [first = ''] = group.statements;
  const policy = policyOf(first);
  const attempts = policy.retryPausesMs.length + 1;
  const { signal, onProgress, pause = abortableDelay } = context;
  for (let attempt = 1; ; attempt += 1) {
    const blockers: { last: JobProgress['blockers'] } = { last: [] };
    const onSight = (sight: Sight): void => {
      if (sight.blockers.length > 0) blockers.last = sight.blockers;
      const phase = sight.blockers.length > 0 ? 'waiting for a lock' : (sight.phase ?? 'running');
      onProgress({ phase, percent: sight.percent, blockers: sight.blockers, attempt, attempts });
    };
    try {
      await watched(context, onSight, () =>
        group.isTransaction && group.statements.length > 1
          ? inTransaction(group.statements, context)
          : runEach(group.statements, context),
      );
      if (attempt > 1) notes.push(`The lock was free at try ${attempt} of ${attempts}.`);
      return;
    } catch (error) {
      const pauseMs = policy.retryPausesMs[attempt - 1];
      if (!(error instanceof EngineError) || error.code !== 'LOCK_TIMEOUT') throw error;
      if (pauseMs === undefined || signal.aborted) throw withBlockers(error, blockers.last, attempts);
      onProgress({
        phase: 'the lock is not free',
        percent: null,
        blockers: blockers.last,
        attempt,
        attempts,
      });
      await pause(withJitter(pauseMs), signal);
    }
  }
}

/** `waitMs` is for all of them: whoever queues behind the first lock waits while the others are asked for. */
async function runEach(
  statements: readonly string[],
  { session, signal, fill = (sql) => sql }: RunContext,
  waitMs = Number.POSITIVE_INFINITY,
): Promise<void> {
  const untilMs = performance.now() + waitMs;
  for (const statement of statements) {
    const loadedAt = statement === RELOAD ? await loadTime(session) : null;
    const policy = policyOf(statement);
    const leftMs = Math.max(1, untilMs - performance.now());
    await session.run(fill(statement), {
      ...policy,
      lockTimeoutMs: Math.min(policy.lockTimeoutMs, leftMs),
      signal,
    });
    if (loadedAt !== null) await untilReloaded(session, loadedAt);
  }
}

async function inTransaction(statements: readonly string[], context: RunContext): Promise<void> {
  const { session, signal } = context;
  await session.run('BEGIN', { ...END_LIMITS, signal });
  try {
    await runEach(statements, context, TRANSACTION_WAIT_MS);
    await session.run('COMMIT', END_LIMITS);
  } catch (error) {
    if (!session.isLost) await session.rollBack().catch(() => undefined);
    throw error;
  }
}

/** Nobody may wait for more than 2.5 s because of us, however many tables one change touches. */
const TRANSACTION_WAIT_MS = 1_900;
const END_LIMITS = { lockTimeoutMs: 2_000, statementTimeoutMs: 10_000 };

async function watched<T>(
  { session, facts, signal }: ExecuteContext,
  onSight: (sight: Sight) => void,
  work: () => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const watching = observe(facts, session.backendPid, onSight, AbortSignal.any([signal, stop.signal]));
  try {
    return await work();
  } finally {
    stop.abort();
    await watching;
  }
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

function withBlockers(error: EngineError, blockers: JobProgress['blockers'], attempts: number): EngineError {
  const holders = blockers.map(({ who }) => who).join(', ');
  return new EngineError(
    error.code,
    `The lock was not free in ${attempts} ${attempts === 1 ? 'try' : 'tries'}${holders ? `: ${holders} ${blockers.length === 1 ? 'holds' : 'hold'} it` : ''}.`,
    error.nextStep,
    { cause: error, ...(error.sqlState === null ? {} : { sqlState: error.sqlState }) },
  );
}

function asEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  if (isAbort(error)) return new EngineError('CANCELLED', 'Cancelled.');
  return new EngineError('INTERNAL', 'PgVitals met an error it did not expect.', null, { cause: error });
}

function rowsOf(session: WriteSession) {
  return (sql: string, values: readonly unknown[]) => session.rows(sql, values);
}

async function abortableDelay(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
