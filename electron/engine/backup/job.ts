import { randomBytes } from 'node:crypto';
import type { BackupJob, BackupJobEvent, BackupJobKind, BackupProgress } from '#shared/model/backup.ts';
import { EngineError, isAbort } from '#engine/errors.ts';
import { type EventQueue, listen } from '#engine/event-queue.ts';

/** What a job leaves in the store while it runs, so that a later start finds what a crash left behind. */
export interface JobTrace {
  /** Folder that is written and not proven yet. */
  readonly partial: string | null;
  readonly children: readonly { readonly pid: number; readonly start: string | null }[];
  /** Database made for a while; dropped only where name, oid and token (its comment) all match. */
  readonly scratch: {
    readonly database: string;
    readonly oid: number;
    readonly token: string;
    /** Folder of the server that it is on, where that is another one than the job's. */
    readonly on?: string | null;
  } | null;
}

export const EMPTY_TRACE: JobTrace = { partial: null, children: [], scratch: null };

/** What the work of a job has in its hands. */
export interface JobControl {
  /** 16 hexadecimal digits; part of application names and tokens. */
  readonly id: string;
  readonly signal: AbortSignal;
  /** Runs one of the announced steps; a failure marks it and goes on up. */
  step<T>(title: string, work: (say: (detail: string) => void) => Promise<T>): Promise<T>;
  progress(progress: BackupProgress | null): void;
  note(text: string): void;
  /** Asks whether to wait on, until it is answered or taken back with null. Who does not want to wait cancels. */
  ask(question: { readonly text: string; readonly waitOn: () => void } | null): void;
  made(what: { readonly backupId?: string; readonly database?: string }): void;
  /** Kept in the store before this returns. */
  trace(change: Partial<JobTrace>): void;
}

/** Thrown by a step that waits for others, which failed: it did not fail itself. */
export class NotRun extends Error {}

/** The same job for work that is one step of it: its own steps are not announced, and what it makes is not the job's. */
export function within(job: JobControl): JobControl {
  return {
    ...job,
    step: async (_title, work) => {
      if (job.signal.aborted) throw new EngineError('CANCELLED', 'Cancelled.');
      return work(() => undefined);
    },
    made: () => undefined,
  };
}

export interface RunningBackupJob {
  readonly id: string;
  readonly connectionId: string;
  /** Never rejects. */
  readonly ended: Promise<BackupJob>;
  current(): BackupJob;
  cancel(): void;
  /** The answer to its question; nothing where it asks none. */
  waitOn(): void;
  watch(): AsyncGenerator<BackupJobEvent, void>;
}

export interface JobPlan {
  readonly connectionId: string;
  readonly kind: BackupJobKind;
  readonly title: string;
  readonly steps: readonly string[];
  readonly work: (job: JobControl) => Promise<void>;
}

/** Where jobs are written down; the store, or nothing in tests of parts. */
export interface JobRecord {
  begin(job: BackupJob, trace: JobTrace): void;
  trace(jobId: string, trace: JobTrace): void;
  end(job: BackupJob): void;
}

/** Starts the work and tells of it. What it throws becomes the job's outcome. */
export function startBackupJob(
  plan: JobPlan,
  record: JobRecord,
  log: (message: string) => void,
): RunningBackupJob {
  const id = randomBytes(8).toString('hex');
  const stop = new AbortController();
  const listeners = new Set<EventQueue<BackupJobEvent>>();
  let trace = EMPTY_TRACE;
  let waitOn: (() => void) | null = null;
  let now: BackupJob = {
    id,
    kind: plan.kind,
    title: plan.title,
    startedAt: new Date().toISOString(),
    endedAt: null,
    outcome: 'running',
    steps: plan.steps.map((title) => ({ title, state: 'waiting', durationMs: null, detail: null })),
    progress: null,
    error: null,
    backupId: null,
    database: null,
    notes: [],
    question: null,
  };
  const set = (change: Partial<BackupJob>): void => {
    now = { ...now, ...change };
    for (const listener of listeners) listener.push({ type: 'state', job: now });
  };
  const setStep = (title: string, change: Partial<BackupJob['steps'][number]>): void =>
    set({ steps: now.steps.map((step) => (step.title === title ? { ...step, ...change } : step)) });

  const control: JobControl = {
    id,
    signal: stop.signal,
    step: async (title, work) => {
      if (stop.signal.aborted) throw new EngineError('CANCELLED', 'Cancelled.');
      const startedMs = performance.now();
      const took = (): number => Math.round(performance.now() - startedMs);
      setStep(title, { state: 'running' });
      try {
        const result = await work((detail) => setStep(title, { detail }));
        setStep(title, { state: 'done', durationMs: took() });
        return result;
      } catch (error) {
        if (error instanceof NotRun) setStep(title, { state: 'not run' });
        else setStep(title, { state: 'failed', durationMs: took() });
        throw error;
      } finally {
        set({ progress: null });
      }
    },
    progress: (progress) => set({ progress }),
    note: (text) => set({ notes: [...now.notes, text] }),
    ask: (question) => {
      waitOn = question?.waitOn ?? null;
      set({ question: question?.text ?? null });
    },
    made: (what) => set(what),
    trace: (change) => {
      trace = { ...trace, ...change };
      record.trace(id, trace);
    },
  };

  record.begin(now, trace);
  const ended = plan
    .work(control)
    .then(
      () => ({ outcome: 'done' as const, error: null }),
      (error: unknown) => endOf(error, stop.signal.aborted, id, log),
    )
    .then((end) => {
      const steps = now.steps.map((step) =>
        step.state === 'waiting' ? { ...step, state: 'not run' as const } : step,
      );
      now = { ...now, ...end, steps, progress: null, question: null, endedAt: new Date().toISOString() };
      record.end(now);
      for (const listener of listeners) {
        listener.push({ type: 'done', job: now });
        listener.end();
      }
      return now;
    });

  return {
    id,
    connectionId: plan.connectionId,
    ended,
    current: () => now,
    cancel: () => stop.abort(),
    waitOn: () => waitOn?.(),
    watch: () => listen(listeners, () => stateOf(now)),
  };
}

function endOf(
  error: unknown,
  isCancelled: boolean,
  id: string,
  log: (message: string) => void,
): Pick<BackupJob, 'outcome' | 'error'> {
  if (isCancelled || isAbort(error)) return { outcome: 'cancelled', error: null };
  if (error instanceof EngineError)
    return { outcome: 'failed', error: { message: error.message, nextStep: error.nextStep } };
  log(`backup job ${id}: ${error instanceof Error ? error.stack : String(error)}`);
  return {
    outcome: 'failed',
    error: {
      message: 'PgVitals met an error it did not expect.',
      nextStep: `Look for ${id} in the log, and report it with what you did.`,
    },
  };
}

function stateOf(job: BackupJob): { readonly event: BackupJobEvent; readonly isEnd: boolean } {
  const isEnd = job.outcome !== 'running';
  return { event: { type: isEnd ? 'done' : 'state', job }, isEnd };
}
