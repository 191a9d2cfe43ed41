import type { DatabaseSync } from 'node:sqlite';
import type { ObjectRef } from '#shared/model/finding.ts';
import type { Job, JobAction, JobSummary, KeptCopy } from '#shared/model/plan.ts';
import { copiesOf, keepCopy, type NewCopy } from './copies.ts';
import type { DatabaseIdentity } from './identity.ts';

/** Everything that PgVitals ran, for good. Written before a statement runs, so that a crash leaves the truth behind. */
export interface Journal {
  /** All of it or nothing. */
  begin(
    database: DatabaseIdentity,
    job: JobHead,
    process: JobProcess,
    actions: readonly { readonly action: JobAction; readonly trace: ActionTrace }[],
  ): void;
  /** Adds or replaces one action of a job. */
  action(jobId: string, at: number, action: JobAction, trace: ActionTrace): void;
  /** Replaces what is known of the job as a whole. */
  head(job: JobHead): void;
  /** Newest first. */
  list(database: DatabaseIdentity): readonly JobSummary[];
  /** Null where there is no such job of this database. */
  read(database: DatabaseIdentity, jobId: string): StoredJob | null;
  /** Attempts to refresh materialized views, newest first. */
  refreshes(database: DatabaseIdentity): readonly RecordedRefresh[];
  /** Files what an action is about to destroy. Throws PLAN_REFUSED where it is too much to keep. */
  keepCopy(jobId: string, at: number, copy: NewCopy): void;
  copies(database: DatabaseIdentity, jobId: string): readonly KeptCopy[];
  /** Jobs that have not told how they ended. */
  unfinished(database: DatabaseIdentity): readonly StoredJob[];
}

/** One attempt, from the journal. */
export interface RecordedRefresh {
  readonly schema: string;
  readonly name: string;
  /** ISO 8601, clock of this machine. */
  readonly endedAt: string;
  readonly durationMs: number | null;
  readonly hasSucceeded: boolean;
  readonly message: string | null;
}

/** Older attempts say nothing about how fresh a view is. */
const MOST_REFRESHES = 2_000;

export type JobHead = Omit<Job, 'actions'> & { readonly actionCount: number; readonly doneCount: number };

export interface StoredJob {
  readonly job: Job;
  readonly traces: readonly ActionTrace[];
  readonly process: JobProcess;
}

/** Whose job it is: after a restart nobody else can say whether it still runs. */
export interface JobProcess {
  readonly pid: number;
  readonly backendPid: number;
}

/** What later starts and undos need of an action and people do not. */
export interface ActionTrace {
  readonly guards: readonly TracedGuard[];
  /** Indexes of the tables concerned as they were before: whatever else is INVALID later was left by this job. */
  readonly indexesBefore: readonly IndexState[];
}

export interface TracedGuard {
  readonly ref: ObjectRef;
  /** Digests of `guardStates`; `after` is null until it ran, and where the object is gone then. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface IndexState {
  readonly oid: number;
  readonly name: string;
  readonly isValid: boolean;
}

export function journalIn(file: DatabaseSync, idOf: (database: DatabaseIdentity) => number): Journal {
  const stored = (row: Record<string, unknown>): StoredJob => {
    const rows = file
      .prepare('SELECT body, trace FROM job_action WHERE job_id = ? ORDER BY position')
      .all(String(row['id']));
    const { actionCount: _count, doneCount: _done, ...head } = headIn(row);
    return {
      job: { ...head, actions: rows.map((action) => JSON.parse(String(action['body'])) as JobAction) },
      traces: rows.map((action) => JSON.parse(String(action['trace'])) as ActionTrace),
      process: JSON.parse(String(row['process'])) as JobProcess,
    };
  };
  const putAction: Journal['action'] = (jobId, at, action, trace) =>
    void file
      .prepare('INSERT OR REPLACE INTO job_action (job_id, position, body, trace) VALUES (?, ?, ?, ?)')
      .run(jobId, at, JSON.stringify(action), JSON.stringify(trace));
  return {
    begin: (database, job, process, actions) => {
      const monitoredId = idOf(database);
      file.exec('BEGIN');
      try {
        file
          .prepare(
            'INSERT INTO job (id, monitored_id, started_ms, outcome, head, process) VALUES (?, ?, ?, ?, ?, ?)',
          )
          .run(
            job.id,
            monitoredId,
            Date.parse(job.startedAt),
            job.outcome,
            JSON.stringify(job),
            JSON.stringify(process),
          );
        for (const [at, { action, trace }] of actions.entries()) putAction(job.id, at, action, trace);
        file.exec('COMMIT');
      } catch (error) {
        file.exec('ROLLBACK');
        throw error;
      }
    },
    action: putAction,
    head: (job) =>
      void file
        .prepare('UPDATE job SET outcome = ?, head = ? WHERE id = ?')
        .run(job.outcome, JSON.stringify(job), job.id),
    list: (database) =>
      file
        .prepare('SELECT head FROM job WHERE monitored_id = ? ORDER BY started_ms DESC, id')
        .all(idOf(database))
        .map((row) => {
          const { recheck: _recheck, leftovers: _leftovers, ...summary } = headIn(row);
          return summary;
        }),
    read: (database, jobId) => {
      const row = file
        .prepare('SELECT id, head, process FROM job WHERE monitored_id = ? AND id = ?')
        .get(idOf(database), jobId);
      return row ? stored(row) : null;
    },
    refreshes: (database) =>
      file
        .prepare(
          `SELECT j.head, a.body FROM job j JOIN job_action a ON a.job_id = j.id
           WHERE j.monitored_id = ? AND a.body LIKE '%REFRESH MATERIALIZED VIEW%' ORDER BY j.started_ms DESC LIMIT ${MOST_REFRESHES}`,
        )
        .all(idOf(database))
        .flatMap(refreshIn),
    keepCopy: (jobId, at, copy) => keepCopy(file, jobId, at, copy),
    copies: (database, jobId) => copiesOf(file, idOf(database), jobId),
    unfinished: (database) =>
      file
        .prepare("SELECT id, head, process FROM job WHERE monitored_id = ? AND outcome = 'running'")
        .all(idOf(database))
        .map(stored),
  };
}

function refreshIn(row: Record<string, unknown>): RecordedRefresh[] {
  const { endedAt } = headIn(row);
  const { object, sql, outcome, durationMs, error } = JSON.parse(String(row['body'])) as JobAction;
  const isRefresh = sql.some((statement) => statement.startsWith('REFRESH '));
  if (!isRefresh || object.schema === null || endedAt === null || outcome === 'not run') return [];
  return [
    {
      schema: object.schema,
      name: object.name,
      endedAt,
      durationMs,
      hasSucceeded: outcome === 'done',
      message: error?.message ?? null,
    },
  ];
}

function headIn(row: Record<string, unknown>): JobHead {
  return JSON.parse(String(row['head'])) as JobHead;
}
