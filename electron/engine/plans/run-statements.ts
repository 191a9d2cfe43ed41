import { setTimeout as delay } from 'node:timers/promises';
import type { FactName } from '#shared/model/facts.ts';
import type { JobProgress } from '#shared/model/plan.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { RELOAD } from '#engine/audit/setting-fixes.ts';
import { EngineError } from '#engine/errors.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import { observe, type Sight } from './observe.ts';
import type { AroundRun, PlannedAction } from './plan.ts';
import { policyOf, withJitter } from './policy.ts';
import { loadTime, untilReloaded } from './reload.ts';

interface Group {
  readonly statements: readonly string[];
  readonly isTransaction: boolean;
}

/** Statements that may, run together or not at all; the others one by one. */
export function groupsOf({ sql, inTransaction }: PlannedAction): Group[] {
  const groups: { statements: string[]; isTransaction: boolean }[] = [];
  for (const statement of sql) {
    const last = groups.at(-1);
    const joins = inTransaction && !policyOf(statement).isAlone;
    if (joins && last?.isTransaction) last.statements.push(statement);
    else groups.push({ statements: [statement], isTransaction: joins });
  }
  return groups;
}

/** Where statements run, who is told, and the texts that stand for their placeholders. */
export interface RunContext {
  readonly session: WriteSession;
  readonly facts: (
    needs: readonly FactName[],
    options: { maxAgeMs: number; signal: AbortSignal },
  ) => Promise<Snapshot>;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: JobProgress) => void;
  /** Replaced in tests of the retries. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly fill?: AroundRun['fill'] | undefined;
}

/** A lock that is not free is tried again after a pause, as often as its kind allows; then its holders are named. */
export async function runGroup(group: Group, context: RunContext, notes: string[]): Promise<void> {
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

export async function watched<T>(
  { session, facts, signal }: Pick<RunContext, 'session' | 'facts' | 'signal'>,
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

function withBlockers(error: EngineError, blockers: JobProgress['blockers'], attempts: number): EngineError {
  const holders = blockers.map(({ who }) => who).join(', ');
  return new EngineError(
    error.code,
    `The lock was not free in ${attempts} ${attempts === 1 ? 'try' : 'tries'}${holders ? `: ${holders} ${blockers.length === 1 ? 'holds' : 'hold'} it` : ''}.`,
    error.nextStep,
    { cause: error, ...(error.sqlState === null ? {} : { sqlState: error.sqlState }) },
  );
}

async function abortableDelay(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
