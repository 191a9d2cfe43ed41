import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { FactName } from '#shared/model/facts.ts';
import type { Job, JobAction, JobEvent, Leftover, Recheck } from '#shared/model/plan.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { EngineError } from '#engine/errors.ts';
import { type EventQueue, listen } from '#engine/event-queue.ts';
import { lockDatabase } from '#engine/postgres/database-lock.ts';
import { maintenanceName, type WriteSession } from '#engine/postgres/write-session.ts';
import type { ActionTrace, IndexState, JobHead, Journal } from '#engine/store/journal.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import { describe, type ExecuteContext, executeAction, mayLeaveIndexes } from './execute.ts';
import { guardStates, type ReadRows } from './guards.ts';
import { indexStates } from './leftovers.ts';
import type { Plan, PlannedAction } from './plan.ts';
import { catalogRecheck } from './recheck.ts';

/** The database as a job sees it. */
export interface JobDatabase {
  readonly identity: DatabaseIdentity;
  readonly role: string;
  open(jobId: string, signal: AbortSignal): Promise<WriteSession>;
  /** The key of the database that this session is on. */
  identityKey(session: WriteSession): Promise<string>;
  facts(needs: readonly FactName[], options: { maxAgeMs: number; signal: AbortSignal }): Promise<Snapshot>;
  /** Did it help? Judged anew where findings asked for it. */
  recheck(
    actions: readonly PlannedAction[],
    results: readonly JobAction[],
    signal: AbortSignal,
  ): Promise<readonly Recheck[]>;
}

export interface JobOptions {
  readonly journal: Journal;
  /** "desktop", "browser", "command line". */
  readonly program: string;
  readonly log: (message: string) => void;
  readonly pause?: ExecuteContext['pause'];
}

/** A job that runs: it goes on when nobody listens, and ends when it is cancelled or done. */
export interface RunningJob {
  readonly id: string;
  readonly connectionId: string;
  readonly ended: Promise<Job>;
  current(): Job;
  /** Ends the running statement; a second call does not wait for the clean-up either. */
  cancel(): void;
  /** The state first, then what happens. */
  watch(): AsyncIterable<JobEvent>;
}

/**
 * Begins to execute a plan. Resolves when everything that can refuse it has been asked: PLAN_STALE where the database or
 * an object is not what was previewed, JOB_RUNNING where another job has the database, and what connecting throws.
 * From then on the journal knows of it.
 */
export async function startJob(plan: Plan, database: JobDatabase, options: JobOptions): Promise<RunningJob> {
  const id = randomBytes(8).toString('hex');
  const stop = new AbortController();
  const hurry = new AbortController();
  const session = await database.open(id, stop.signal);
  try {
    await assertSame(plan, database, session);
    await lockDatabase(session);
  } catch (error) {
    await session.close();
    throw error;
  }
  const { journal, program } = options;
  const listeners = new Set<EventQueue<JobEvent>>();
  const actions: JobAction[] = plan.actions.map((planned) => ({
    ...describe(planned),
    outcome: 'waiting',
    ran: 0,
    durationMs: null,
    error: null,
    measures: [],
    freedBytes: null,
    notes: [],
  }));
  let head: Omit<Job, 'actions'> = {
    id,
    title: plan.title,
    risk: plan.risk,
    database: database.identity.label,
    role: database.role,
    by: `${accountName()}, ${program}`,
    startedAt: new Date().toISOString(),
    endedAt: null,
    outcome: 'running',
    recheck: [],
    leftovers: [],
    freedBytes: null,
    undoneBy: null,
    undoes: plan.undoes,
    noUndo: noUndoOf(plan.actions),
  };
  const current = (): Job => ({ ...head, actions: [...actions] });
  const headRow = (): JobHead => ({
    ...head,
    actionCount: actions.length,
    doneCount: actions.filter(({ outcome }) => outcome === 'done').length,
  });
  const tell = (event: JobEvent): void => {
    for (const listener of listeners) listener.push(event);
  };
  const traces = plan.actions.map(traceBefore);
  try {
    journal.begin(
      database.identity,
      headRow(),
      { pid: process.pid, backendPid: session.backendPid },
      traces.map((trace, at) => ({ action: actions[at] as JobAction, trace })),
    );
  } catch (error) {
    // What cannot be written down is not run.
    await session.close();
    throw error;
  }

  let now: WriteSession | null = session;
  const run = async (): Promise<Job> => {
    const leftovers: Leftover[] = [];
    const states = new Map<string, string | null>();
    for (const [at, planned] of plan.actions.entries()) {
      const set = (change: Partial<JobAction>, trace = traceBefore(planned)): void => {
        const action = { ...(actions[at] as JobAction), ...change };
        actions[at] = action;
        traces[at] = trace;
        journal.action(id, at, action, trace);
        tell({ type: 'action', at, action });
      };
      if (now === null || stop.signal.aborted || actions.some(({ outcome }) => isBadEnd(outcome))) {
        set({ outcome: 'not run' });
        continue;
      }
      const { changed, indexesBefore } = await lookBefore(planned, states, now);
      if (changed !== null) {
        set({
          outcome: 'failed',
          error: { message: changed, nextStep: 'Preview the change again.', sqlState: null },
        });
        continue;
      }
      // Before it runs: a crash must leave behind what to compare with.
      set({ outcome: 'running' }, { ...traceBefore(planned), indexesBefore });
      const result = await executeAction(planned, {
        session: now,
        reopen: (lostPid) => reopen(id, lostPid, database),
        hurry: hurry.signal,
        facts: database.facts,
        indexesBefore,
        jobId: id,
        keepCopy: (copy) => journal.keepCopy(id, at, copy),
        signal: stop.signal,
        onProgress: (progress) => tell({ type: 'progress', at, progress }),
        ...(options.pause ? { pause: options.pause } : {}),
      });
      now = result.session;
      for (const { schema, table, name, from, state } of result.leftovers)
        leftovers.push({ schema, table, name, from, state });
      for (const { ref, after } of result.trace.guards) states.set(keyOf(ref), after);
      set(result.action, result.trace);
    }
    const outcome = outcomeOf(actions, stop.signal.aborted);
    const recheck = await database
      .recheck(plan.actions, actions, AbortSignal.timeout(60_000))
      .catch((): readonly Recheck[] => [
        { text: 'What is true now could not be read; run the audit.', isGood: false },
      ]);
    const freed = actions.flatMap(({ freedBytes }) => freedBytes ?? []);
    head = {
      ...head,
      endedAt: new Date().toISOString(),
      outcome,
      recheck: [...recheck, ...catalogRecheck(plan.actions, actions, traces)],
      leftovers,
      freedBytes: freed.length === 0 ? null : freed.reduce((sum, bytes) => sum + bytes, 0),
    };
    journal.head(headRow());
    await now?.close();
    return current();
  };

  const ended = run()
    .catch(async (error: unknown) => {
      options.log(`job ${id}: ${error instanceof Error ? error.stack : String(error)}`);
      head = { ...head, endedAt: new Date().toISOString(), outcome: 'interrupted' };
      journal.head(headRow());
      await now?.close();
      return current();
    })
    .then((job) => {
      tell({ type: 'done', job });
      for (const listener of listeners) listener.end();
      return job;
    });

  return {
    id,
    connectionId: plan.connectionId,
    ended,
    current,
    cancel: () => (stop.signal.aborted ? hurry : stop).abort(),
    watch: () => listen(listeners, () => stateOf(current())),
  };
}

/** Nothing has changed between the preview and the click: not the server, not the database, not one of the objects. */
async function assertSame(plan: Plan, database: JobDatabase, session: WriteSession): Promise<void> {
  const key = await database.identityKey(session);
  if (key !== plan.identity.key) {
    throw new EngineError(
      'PLAN_STALE',
      'Another database answers at this address now: the plan was made for a different one.',
      'Check where the connection leads, connect again, and preview the change there.',
    );
  }
  const guards = plan.actions.flatMap((action) => action.guards);
  const states = await guardStates(
    (sql, values) => session.rows(sql, values),
    guards.map(({ ref }) => ref),
  );
  const changed = guards.find(({ state }, at) => state !== (states[at] ?? null));
  if (changed)
    throw new EngineError('PLAN_STALE', staleMessage(changed.ref.name), 'Preview the change again.');
}

/** Whether the objects of this action are what was previewed, or what an earlier action of this job made of them. */
async function lookBefore(
  planned: PlannedAction,
  states: ReadonlyMap<string, string | null>,
  session: WriteSession,
): Promise<{ readonly changed: string | null; readonly indexesBefore: readonly IndexState[] }> {
  const read: ReadRows = (sql, values) => session.rows(sql, values);
  const refs = planned.guards.map(({ ref }) => ref);
  try {
    const now = await guardStates(read, refs);
    const changed = planned.guards.find(({ ref, state }, at) => {
      const expected = states.has(keyOf(ref)) ? states.get(keyOf(ref)) : state;
      return (now[at] ?? null) !== expected && !isTouchedByUs(ref, states);
    });
    return {
      changed: changed ? staleMessage(changed.ref.name) : null,
      indexesBefore: mayLeaveIndexes(planned) ? await indexStates(read, refs) : [],
    };
  } catch (error) {
    return { changed: error instanceof Error ? error.message : String(error), indexesBefore: [] };
  }
}

/** The state of a table holds its indexes and keys: an earlier action on one of them has changed it. */
function isTouchedByUs(
  ref: PlannedAction['guards'][number]['ref'],
  states: ReadonlyMap<string, string | null>,
): boolean {
  if (ref.kind !== 'table' && ref.kind !== 'matview') return false;
  return [...states.keys()].some((key) => key.startsWith(`${ref.schema ?? ''}\u0000${ref.name}\u0000`));
}

function keyOf({ kind, schema, table, name }: PlannedAction['guards'][number]['ref']): string {
  return [schema ?? '', table ?? '', kind, name].join('\u0000');
}

function staleMessage(name: string): string {
  return `${name} has changed since the preview, or is gone.`;
}

/** The lost backend may still work, and nobody would know how that ends: it is ended first, then looked at. */
async function reopen(id: string, lostPid: number, database: JobDatabase): Promise<WriteSession> {
  const session = await database.open(id, AbortSignal.timeout(15_000));
  for (let look = 0; look < 50; look += 1) {
    const [old] = await session.rows(
      `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
       WHERE pid = $1 AND application_name = $2 AND pid <> pg_catalog.pg_backend_pid()`,
      [lostPid, maintenanceName(id)],
    );
    if (!old) break;
    await delay(100);
  }
  await lockDatabase(session);
  return session;
}

function traceBefore({ guards }: PlannedAction): ActionTrace {
  return { guards: guards.map(({ ref, state }) => ({ ref, before: state, after: null })), indexesBefore: [] };
}

function noUndoOf(actions: readonly PlannedAction[]): string | null {
  if (actions.some(({ way }) => way === 'exact')) return null;
  return actions.every(({ way }) => way === 'none needed')
    ? 'There is nothing to put back.'
    : 'What it changed cannot be put back.';
}

function isBadEnd(outcome: JobAction['outcome']): boolean {
  return outcome === 'failed' || outcome === 'cancelled' || outcome === 'interrupted';
}

function outcomeOf(actions: readonly JobAction[], isCancelled: boolean): Job['outcome'] {
  for (const outcome of ['interrupted', 'cancelled', 'failed'] as const)
    if (actions.some((action) => action.outcome === outcome)) return outcome;
  return isCancelled && actions.some(({ outcome }) => outcome === 'not run') ? 'cancelled' : 'done';
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown account';
  }
}

function stateOf(job: Job): { readonly event: JobEvent; readonly isEnd: boolean } {
  const isEnd = job.outcome !== 'running';
  return { event: { type: isEnd ? 'done' : 'state', job }, isEnd };
}
