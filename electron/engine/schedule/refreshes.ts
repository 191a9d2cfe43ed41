import { setTimeout as delay } from 'node:timers/promises';
import { Cron } from 'croner';
import { z } from 'zod';
import type { Job } from '#shared/model/plan.ts';
import {
  patternWords,
  type RefreshSchedule,
  type ScheduleResult,
  type Schedules,
  type ScheduleState,
} from '#shared/model/schedule.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError, isAbort } from '#engine/errors.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import type { ProfileStore } from '#engine/store/profiles.ts';

const TOPIC = 'refresh-schedules';
const definition = z.array(
  z.strictObject({ schema: z.string(), name: z.string(), pattern: z.string(), isConcurrent: z.boolean() }),
);

/** After a failure: four more tries, each after twice the pause, unless the next regular time comes first. */
const FIRST_PAUSE_MS = 60_000;
const MOST_FAILURES = 5;

export interface RefreshContext {
  identity(connectionId: string, options: Abortable): Promise<DatabaseIdentity>;
  readonly profiles: ProfileStore;
  /** Refreshes the view as a job of the journal; throws where it cannot be begun. */
  refresh(connectionId: string, schedule: RefreshSchedule, signal: AbortSignal): Promise<Job>;
  /** READ_ONLY unless changes are unlocked. */
  assertUnlocked(connectionId: string): void;
  log(message: string): void;
  /** Replaced in tests. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface RefreshSchedules {
  list(connectionId: string, options: Abortable): Promise<Schedules>;
  set(connectionId: string, schedule: RefreshSchedule, options: Abortable): Promise<Schedules>;
  remove(
    connectionId: string,
    view: Pick<RefreshSchedule, 'schema' | 'name'>,
    options: Abortable,
  ): Promise<Schedules>;
  /** Begins what was scheduled for this database in an earlier session. */
  start(connectionId: string): Promise<void>;
  /** Cancels what runs and waits for its end. */
  stop(connectionId: string): Promise<void>;
}

/** Materialized views that refresh themselves for as long as their connection is open. */
export function createRefreshSchedules(context: RefreshContext): RefreshSchedules {
  const timers = new Map<string, Timer[]>();

  const stored = async (connectionId: string, options: Abortable): Promise<RefreshSchedule[]> =>
    context.profiles.read(await context.identity(connectionId, options), TOPIC, definition) ?? [];

  const listOf = (connectionId: string): Schedules => ({
    refreshes: (timers.get(connectionId) ?? []).map((timer) => timer.state()),
  });

  const change = async (
    connectionId: string,
    next: (before: readonly RefreshSchedule[]) => RefreshSchedule[],
    options: Abortable,
  ): Promise<Schedules> => {
    const schedules = next(await stored(connectionId, options));
    context.profiles.write(await context.identity(connectionId, options), TOPIC, schedules);
    const before = timers.get(connectionId) ?? [];
    const kept = before.filter((timer) => schedules.some((schedule) => isEqual(schedule, timer.schedule)));
    await Promise.all(before.filter((timer) => !kept.includes(timer)).map((timer) => timer.stop()));
    timers.set(
      connectionId,
      schedules.map(
        (schedule) =>
          kept.find((timer) => isEqual(schedule, timer.schedule)) ??
          startTimer(connectionId, schedule, context),
      ),
    );
    return listOf(connectionId);
  };

  return {
    list: async (connectionId, options) => {
      await context.identity(connectionId, options);
      return listOf(connectionId);
    },
    set: async (connectionId, schedule, options) => {
      context.assertUnlocked(connectionId);
      assertPattern(schedule.pattern);
      return change(
        connectionId,
        (before) => [...before.filter((other) => !isSameView(other, schedule)), schedule],
        options,
      );
    },
    remove: (connectionId, view, options) =>
      change(connectionId, (before) => before.filter((other) => !isSameView(other, view)), options),
    start: async (connectionId) => {
      const schedules = await stored(connectionId, {});
      timers.set(
        connectionId,
        schedules.map((schedule) => startTimer(connectionId, schedule, context)),
      );
    },
    stop: async (connectionId) => {
      const running = timers.get(connectionId) ?? [];
      timers.delete(connectionId);
      await Promise.all(running.map((timer) => timer.stop()));
    },
  };
}

interface Timer {
  readonly schedule: RefreshSchedule;
  state(): ScheduleState;
  stop(): Promise<void>;
}

function startTimer(connectionId: string, schedule: RefreshSchedule, context: RefreshContext): Timer {
  const { pause = abortableDelay } = context;
  const stop = new AbortController();
  const { signal } = stop;
  let last: ScheduleResult | null = null;
  let running: Promise<void> | null = null;

  const attempt = async (failures: number): Promise<ScheduleResult> => {
    const startedAt = new Date();
    const result = (
      outcome: ScheduleResult['outcome'],
      message: string,
      job: Job | null,
    ): ScheduleResult => ({
      at: startedAt.toISOString(),
      outcome,
      message,
      durationMs: Date.now() - startedAt.getTime(),
      jobId: job?.id ?? null,
      failures: outcome === 'failed' ? failures + 1 : 0,
    });
    try {
      const job = await context.refresh(connectionId, schedule, signal);
      const error = job.actions.find((action) => action.error !== null)?.error;
      return job.outcome === 'done'
        ? result('done', 'Refreshed.', job)
        : result('failed', error?.message ?? `It was ${job.outcome}.`, job);
    } catch (error) {
      // Another change of PgVitals has the database: that is no failure of this one.
      if (error instanceof EngineError && error.code === 'JOB_RUNNING')
        return result('skipped', error.message, null);
      const message = error instanceof Error ? error.message : String(error);
      return result('failed', message, null);
    }
  };

  const run = async (): Promise<void> => {
    try {
      for (let failures = 0; failures < MOST_FAILURES && !signal.aborted; ) {
        last = await attempt(failures);
        if (last.outcome !== 'failed') return;
        failures = last.failures;
        context.log(`refresh of ${schedule.schema}.${schedule.name}: ${last.message}`);
        const pauseMs = FIRST_PAUSE_MS * 2 ** (failures - 1);
        const next = cron.nextRun();
        if (failures === MOST_FAILURES || (next !== null && next.getTime() - Date.now() < pauseMs)) return;
        await pause(pauseMs, signal);
      }
    } catch (error) {
      if (!isAbort(error)) context.log(`refresh of ${schedule.schema}.${schedule.name}: ${String(error)}`);
    }
  };

  const cron: Cron = new Cron(
    schedule.pattern,
    {
      unref: true,
      // Overrun: the next time passes by while the one before still runs.
      protect: () => {
        context.log(`refresh of ${schedule.schema}.${schedule.name}: the one before still runs`);
      },
    },
    async () => {
      running = run();
      await running;
      running = null;
    },
  );

  return {
    schedule,
    state: () => ({
      schedule,
      words: patternWords(schedule.pattern),
      nextAt: running ? null : (cron.nextRun()?.toISOString() ?? null),
      isRunning: running !== null,
      last,
    }),
    stop: async () => {
      cron.stop();
      stop.abort();
      await running;
    },
  };
}

function assertPattern(pattern: string): void {
  try {
    const fields = pattern.trim().split(/\s+/).length;
    const next = new Cron(pattern, { paused: true }).nextRun();
    if (fields === 5 && next !== null) return;
  } catch {
    // Said below, in one way.
  }
  throw new EngineError(
    'BAD_INPUT',
    `"${pattern}" is no schedule.`,
    'Write five fields as for cron: minute, hour, day, month, weekday; 0 */4 * * * is every four hours.',
  );
}

function isSameView(
  a: Pick<RefreshSchedule, 'schema' | 'name'>,
  b: Pick<RefreshSchedule, 'schema' | 'name'>,
): boolean {
  return a.schema === b.schema && a.name === b.name;
}

function isEqual(a: RefreshSchedule, b: RefreshSchedule): boolean {
  return isSameView(a, b) && a.pattern === b.pattern && a.isConcurrent === b.isConcurrent;
}

async function abortableDelay(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false });
}
