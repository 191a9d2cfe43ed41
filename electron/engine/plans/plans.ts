import { setTimeout as delay } from 'node:timers/promises';
import type { Audit } from '#shared/model/audit.ts';
import type { ConnectionSummary } from '#shared/model/connection.ts';
import type { FactName } from '#shared/model/facts.ts';
import type { Access, Job, JobEvent, JobSummary, KeptCopy, PlanPreview } from '#shared/model/plan.ts';
import type { RenderedReport } from '#shared/contract/reports.ts';
import type { ActionRequest, PlanRequest, ScriptFormat } from '#shared/model/plan-request.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { createBegunJobs } from '#engine/begun-jobs.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import type { StoredJob } from '#engine/store/journal.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import type { AccessControl } from './access.ts';
import type { Built } from './actions/action.ts';
import { builderOf } from './actions/registry.ts';
import { assertConfirmed, previewOf } from './confirm.ts';
import { COMMON_NEEDS, compose } from './compose.ts';
import { fromFindings, needsOf, safeFindings } from './findings.ts';
import type { ReadRows } from './guards.ts';
import { type JobDatabase, type JobOptions, type RunningJob, startJob } from './jobs.ts';
import type { Ledger } from './ledger.ts';
import { phraseOn, type Plan } from './plan.ts';
import type { PasswordRotation } from './password-rotation.ts';
import { PREFLIGHT_NEEDS } from './preflight.ts';
import { recheckFindings } from './recheck.ts';
import { recoverJob } from './recover.ts';
import { leftoversPlan, undoOf } from './undo.ts';
import { scriptOf } from './scripts.ts';

/** An open connection, as plans need it. Every call rejects with NOT_CONNECTED where it is closed. */
export interface PlansContext extends JobOptions {
  identity(connectionId: string, options: Abortable): Promise<DatabaseIdentity>;
  audit(connectionId: string): Audit | null;
  connection(
    connectionId: string,
  ): Pick<ConnectionSummary, 'name' | 'environment' | 'role' | 'isStandby' | 'directConnection'>;
  facts(
    connectionId: string,
    needs: readonly FactName[],
    options: Abortable & { readonly maxAgeMs: number },
  ): Promise<Snapshot>;
  /** A read on a session that is open anyway. */
  read(connectionId: string, options: Abortable & { readonly statementTimeoutMs?: number }): ReadRows;
  openWrite(connectionId: string, jobId: string, signal: AbortSignal): Promise<WriteSession>;
  identityKey(connectionId: string, session: WriteSession): Promise<string>;
  readonly passwords: PasswordRotation;
  readonly ledger: Ledger<Plan>;
  readonly access: AccessControl;
}

export interface Execution {
  readonly connectionId: string;
  readonly planId: string;
  readonly phrase: string | null;
  /** Ids of `mustAccept`. */
  readonly accepted: readonly string[];
}

export interface Plans {
  /** Reads what is true now and says what would be done; changes nothing. */
  preview(connectionId: string, request: PlanRequest, options: Abortable): Promise<PlanPreview>;
  /** Spends the plan. Resolves when it runs; `watch` tells the rest. */
  execute(execution: Execution): Promise<{ jobId: string }>;
  watch(connectionId: string, jobId: string): AsyncIterable<JobEvent>;
  cancel(connectionId: string, jobId: string): void;
  /** The jobs that run, then each that begins; ends with the signal, and with the connection. */
  running(connectionId: string, options: Abortable): AsyncIterable<{ readonly jobId: string }>;
  script(connectionId: string, planId: string, format: ScriptFormat): RenderedReport;
  access(connectionId: string): Access;
  unlock(connectionId: string): Access;
  lock(connectionId: string): Access;
  /** READ_ONLY unless changes are unlocked; a connection that is not open is not. */
  assertUnlocked(connectionId: string): void;
  /**
   * Runs without a preview what was confirmed when it was scheduled. PLAN_REFUSED for everything that destroys
   * something, whoever asks: only a refresh may run by itself.
   */
  runScheduled(connectionId: string, action: ActionRequest, signal: AbortSignal): Promise<Job>;
  journal(connectionId: string, options: Abortable): Promise<readonly JobSummary[]>;
  job(connectionId: string, jobId: string, options: Abortable): Promise<Job>;
  /** Once; null afterwards, and where the job made no secret. */
  takeSecret(connectionId: string, jobId: string): string | null;
  copies(connectionId: string, jobId: string, options: Abortable): Promise<readonly KeptCopy[]>;
  /** Cancels what runs and waits for its end: before the connection closes. */
  close(connectionId: string): Promise<void>;
}

/** From a request to a change that happened and was looked at again. */
export function createPlans(context: PlansContext): Plans {
  const { ledger, access, journal, passwords } = context;
  const jobs = new Map<string, RunningJob>();
  const begun = createBegunJobs();

  const built = async (
    connectionId: string,
    request: PlanRequest,
    options: Abortable,
  ): Promise<BuiltPlan> => {
    const identity = await context.identity(connectionId, options);
    const read = context.read(connectionId, options);
    const readWithin = (statementTimeoutMs: number): ReadRows =>
      context.read(connectionId, { ...options, statementTimeoutMs });
    const snapshotOf = async (needs: readonly FactName[]): Promise<Snapshot> =>
      context.facts(connectionId, [...new Set([...needs, ...COMMON_NEEDS, ...PREFLIGHT_NEEDS])], {
        ...options,
        maxAgeMs: 0,
      });
    const make = async (
      needs: readonly FactName[],
      build: (snapshot: Snapshot, catalog: Catalog) => Promise<Built> | Built,
      undoes: string | null = null,
      clears: string | null = null,
    ) => {
      const snapshot = await snapshotOf(needs);
      const catalog = new Catalog(snapshot.facts);
      const pooled = context.connection(connectionId).directConnection;
      return { built: await build(snapshot, catalog), snapshot, identity, read, undoes, clears, pooled };
    };
    switch (request.kind) {
      case 'action': {
        const builder = builderOf(request.action);
        return make(builder.needs, (snapshot, catalog) =>
          builder.build({ ...options, snapshot, catalog, read, readWithin, connectionId, passwords }),
        );
      }
      case 'findings':
      case 'safe-findings': {
        const audit = context.audit(connectionId);
        if (!audit)
          throw new EngineError(
            'NOT_FOUND',
            'There is no audit of this database yet.',
            'Run the audit first.',
          );
        const wanted = request.kind === 'findings' ? new Set(request.fingerprints) : null;
        const chosen = wanted
          ? audit.findings.filter(({ fingerprint }) => wanted.has(fingerprint))
          : safeFindings(audit);
        if (chosen.length === 0)
          throw new EngineError(
            'NOT_FOUND',
            wanted
              ? 'These findings are not in the last audit.'
              : 'There is no finding whose fix is safe by itself.',
            'Run the audit again.',
          );
        return make(needsOf(chosen.map(({ check }) => check)), (snapshot, catalog) =>
          fromFindings(chosen, snapshot, catalog),
        );
      }
      case 'undo':
        return make([], async () => undoOf(storedJob(identity, request.jobId), read), request.jobId);
      case 'leftovers':
        return make(
          [],
          () => leftoversPlan(storedJob(identity, request.jobId), request.how, read),
          null,
          request.jobId,
        );
    }
  };

  const storedJob = (identity: DatabaseIdentity, jobId: string): StoredJob => {
    const stored = journal.read(identity, jobId);
    if (!stored)
      throw new EngineError('NOT_FOUND', 'This job is not in the journal.', 'Read the journal again.');
    return stored;
  };

  const databaseOf = async (plan: Plan): Promise<JobDatabase> => {
    const { connectionId } = plan;
    return {
      identity: plan.identity,
      role: context.connection(connectionId).role,
      open: (jobId, signal) => context.openWrite(connectionId, jobId, signal),
      identityKey: (session) => context.identityKey(connectionId, session),
      facts: (needs, options) => context.facts(connectionId, needs, options),
      recheck: async (actions, results, signal) => {
        const checks = [...new Set(actions.flatMap(({ finding }) => finding?.check ?? []))];
        if (checks.length === 0) return [];
        const snapshot = await context.facts(connectionId, needsOf(checks), { signal, maxAgeMs: 0 });
        return recheckFindings(actions, results, snapshot);
      },
    };
  };

  const jobOf = (connectionId: string, jobId: string): RunningJob => {
    const job = jobs.get(jobId);
    if (!job || job.connectionId !== connectionId)
      throw new EngineError(
        'NOT_FOUND',
        'This job does not run any more.',
        'Look in the journal for its result.',
      );
    return job;
  };

  const accessOf = (connectionId: string): Access => ({
    ...access.read(connectionId),
    reason: refusalOf(connectionId)?.join(' ') ?? null,
  });

  /** Why this connection takes no change at all, and what would: two sentences. */
  const refusalOf = (connectionId: string): readonly [reason: string, nextStep: string] | null => {
    if (context.connection(connectionId).isStandby)
      return ['This server is a standby: it takes no changes.', 'Connect to the primary.'];
    const direct = context.connection(connectionId).directConnection;
    return direct === null ? null : ['A pooler in transaction mode stands in between: no changes.', direct];
  };

  return {
    preview: async (connectionId, request, options) => {
      const { built: made, ...rest } = await built(connectionId, request, options);
      const plan = await compose(made, { connectionId, ...rest });
      const phrase = phraseOn(context.connection(connectionId), plan.phrase);
      return previewOf(ledger.add({ ...plan, phrase }));
    },
    execute: async ({ connectionId, planId, phrase, accepted }) => {
      // The connection first: a closed one has no plans.
      context.connection(connectionId);
      const plan = ledger.read(planId, connectionId);
      access.assertUnlocked(connectionId);
      assertConfirmed(plan, phrase, accepted);
      ledger.spend(planId, connectionId);
      const job = await startJob(plan, await databaseOf(plan), context);
      keep(job);
      void job.ended.then((ended) => linkBack(plan, ended));
      return { jobId: job.id };
    },
    watch: (connectionId, jobId) => jobOf(connectionId, jobId).watch(),
    cancel: (connectionId, jobId) => jobOf(connectionId, jobId).cancel(),
    running: (connectionId, { signal }) => {
      context.connection(connectionId);
      const own = [...jobs.values()].filter((job) => job.connectionId === connectionId);
      const running = own.filter((job) => job.current().outcome === 'running');
      return begun.listen(
        connectionId,
        running.map(({ id }) => id),
        signal,
      );
    },
    script: (connectionId, planId, format) => scriptOf(ledger.read(planId, connectionId), format),
    access: accessOf,
    unlock: (connectionId) => {
      const refusal = refusalOf(connectionId);
      if (refusal) throw new EngineError('READ_ONLY', ...refusal);
      access.unlock(connectionId);
      return accessOf(connectionId);
    },
    lock: (connectionId) => {
      access.lock(connectionId);
      return accessOf(connectionId);
    },
    assertUnlocked: (connectionId) => {
      context.connection(connectionId);
      access.assertUnlocked(connectionId);
    },
    runScheduled: async (connectionId, action, signal) => {
      if (!SCHEDULABLE.has(action.verb))
        throw new EngineError('PLAN_REFUSED', 'This is never run by itself.', 'Preview it and confirm it.');
      const { built: made, ...rest } = await built(connectionId, { kind: 'action', action }, { signal });
      const plan = ledger.add(await compose(made, { connectionId, ...rest }));
      ledger.spend(plan.planId, connectionId);
      const stop = plan.preflight.find(({ verdict }) => verdict === 'stop');
      if (stop) throw new EngineError('PLAN_REFUSED', stop.text, stop.nextStep);
      const job = await startJob(plan, await databaseOf(plan), {
        ...context,
        program: `${context.program}, by schedule`,
      });
      keep(job);
      signal.addEventListener('abort', () => job.cancel(), { once: true });
      if (signal.aborted) job.cancel();
      return job.ended;
    },
    journal: async (connectionId, options) => {
      const identity = await context.identity(connectionId, options);
      await recover(connectionId, identity, options);
      return journal.list(identity);
    },
    job: async (connectionId, jobId, options) =>
      storedJob(await context.identity(connectionId, options), jobId).job,
    takeSecret: (connectionId, jobId) => {
      context.connection(connectionId);
      return passwords.take(connectionId, jobId);
    },
    copies: async (connectionId, jobId, options) =>
      journal.copies(await context.identity(connectionId, options), jobId),
    close: async (connectionId) => {
      ledger.forget(connectionId);
      access.lock(connectionId);
      begun.end(connectionId);
      const own = [...jobs.values()].filter((job) => job.connectionId === connectionId);
      for (const job of own) job.cancel();
      const allEnded = Promise.all(own.map((job) => job.ended));
      if (await Promise.race([allEnded.then(() => false), delay(CLOSE_PATIENCE_MS, true, { ref: false })])) {
        // Only a clean-up takes so long; what it leaves is offered at the next start.
        for (const job of own) job.cancel();
        await allEnded;
      }
      for (const job of own) jobs.delete(job.id);
      passwords.forget(connectionId);
    },
  };

  /** For whoever comes late to watch; the journal has them all. */
  function keep(job: RunningJob): void {
    const ended = [...jobs.values()].filter((other) => other.current().outcome !== 'running');
    for (const { id } of ended.slice(0, -MOST_ENDED_JOBS)) jobs.delete(id);
    jobs.set(job.id, job);
    begun.tell(job.connectionId, job.id);
  }

  /** Jobs of an earlier start that nobody saw end; those of another PgVitals that runs are left alone. */
  async function recover(
    connectionId: string,
    identity: DatabaseIdentity,
    options: Abortable,
  ): Promise<void> {
    for (const stored of journal.unfinished(identity)) {
      if (jobs.has(stored.job.id)) continue;
      await recoverJob(stored, journal, context.read(connectionId, options));
    }
  }

  /** A job that was taken back in full is not taken back twice, and what it had left is gone. */
  function linkBack(plan: Plan, { id, outcome }: Job): void {
    const { undoes, clears } = plan;
    const target = undoes ?? clears;
    const before = target === null || outcome !== 'done' ? null : journal.read(plan.identity, target);
    if (!before) return;
    const { actions, ...head } = before.job;
    journal.head({
      ...head,
      undoneBy: undoes === null ? head.undoneBy : id,
      leftovers:
        clears === null ? head.leftovers : head.leftovers.map((left) => ({ ...left, state: 'removed' })),
      actionCount: actions.length,
      doneCount: actions.filter((action) => action.outcome === 'done').length,
    });
  }
}

interface BuiltPlan {
  readonly built: Built;
  readonly snapshot: Snapshot;
  readonly identity: DatabaseIdentity;
  readonly read: ReadRows;
  readonly pooled: string | null;
  readonly undoes: string | null;
  readonly clears: string | null;
}

/** Changes nothing that a reader could miss. */
const SCHEDULABLE: ReadonlySet<ActionRequest['verb']> = new Set(['refresh-matview']);

const MOST_ENDED_JOBS = 50;
const CLOSE_PATIENCE_MS = 5_000;
