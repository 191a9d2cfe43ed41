import type { Fix, ObjectRef, Risk } from './finding.ts';

/** One change of a plan, as it is shown before anything runs: its statements belong together. */
export interface PlanAction extends Fix {
  readonly object: ObjectRef;
  /** `exact`: the undo restores what was there; `none needed`: it changes nothing that could be put back. */
  readonly way: WayBack;
  /** On disk, given back when it is done; null where no number is known. An estimate before, measured after. */
  readonly freedBytes: number | null;
}

export type WayBack = 'exact' | 'none needed' | 'none';

/** What was looked at before the button is offered. `stop` keeps the plan from running at all. */
export interface PreflightItem {
  readonly verdict: 'ok' | 'note' | 'warning' | 'stop';
  readonly text: string;
  /** What to do about it; null where nothing needs to be done. */
  readonly nextStep: string | null;
}

export interface PlanPreview {
  /** Random, for one execution, void after `expiresInMs` and when an object in it has changed. */
  readonly planId: string;
  readonly expiresInMs: number;
  /** Verb and object: "Drop 164 indexes". */
  readonly title: string;
  /** What the button says: "Drop indexes". */
  readonly verb: string;
  readonly risk: Risk;
  /** To be typed before an R3 or R4 plan runs; null where a click will do. */
  readonly phrase: string | null;
  readonly actions: readonly PlanAction[];
  readonly preflight: readonly PreflightItem[];
  /** Statements a client must tick: what nobody but the user can know. */
  readonly mustAccept: readonly Acceptance[];
  /** How each kind of statement behaves when it has to wait: "gives up after 1 s, tries 5 more times". */
  readonly timeouts: readonly string[];
  readonly freedBytes: number | null;
  /** A rough one, from sizes; null where nothing can be said. */
  readonly estimateMs: number | null;
  /** What the plan leaves out, with the reason; never silently. */
  readonly leftOut: readonly LeftOut[];
  /** The job that this plan takes back. */
  readonly undoes: string | null;
}

export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

export interface Acceptance {
  readonly id: string;
  readonly text: string;
}

export const JOB_OUTCOMES = ['running', 'done', 'failed', 'cancelled', 'interrupted'] as const;
/** `interrupted`: nobody saw the end; what is true now was read from the catalog. */
export type JobOutcome = (typeof JOB_OUTCOMES)[number];

export type ActionOutcome =
  | 'waiting'
  | 'running'
  | 'done'
  | 'failed'
  | 'cancelled'
  | 'interrupted'
  | 'not run';

/** What a job tells while it runs; a new listener gets the state first. */
export type JobEvent =
  | { readonly type: 'state'; readonly job: Job }
  | { readonly type: 'action'; readonly at: number; readonly action: JobAction }
  | { readonly type: 'progress'; readonly at: number; readonly progress: JobProgress }
  | { readonly type: 'done'; readonly job: Job };

export interface JobProgress {
  /** PostgreSQL's own word, or what we do: "waiting for a lock", "cleaning up". */
  readonly phase: string;
  /** Of this phase; null where the server does not count it. */
  readonly percent: number | null;
  /** Who holds the lock that is waited for. */
  readonly blockers: readonly Blocker[];
  /** 1 for the first try. */
  readonly attempt: number;
  readonly attempts: number;
}

export interface Blocker {
  readonly pid: number;
  /** "pid 4711 (api, role app)". */
  readonly who: string;
  readonly state: string | null;
  readonly transactionMs: number | null;
}

/** A figure before and after. */
export interface Measure {
  readonly label: string;
  readonly unit: 'bytes' | 'rows' | 'text';
  readonly before: string | null;
  readonly after: string | null;
}

export interface JobAction {
  readonly title: string;
  readonly object: ObjectRef;
  readonly sql: readonly string[];
  readonly undo: readonly string[];
  readonly way: WayBack;
  readonly risk: Risk;
  readonly outcome: ActionOutcome;
  /** How many of its statements ran to the end. */
  readonly ran: number;
  readonly durationMs: number | null;
  /** Sentence and next step where it did not come to its end. */
  readonly error: JobError | null;
  readonly measures: readonly Measure[];
  readonly freedBytes: number | null;
  /** What the server or PgVitals noticed on the way: retries, leftovers removed. */
  readonly notes: readonly string[];
  /** What `plans.takeSecret` hands out once when it is done: "The new password of app". The secret is never in here. */
  readonly secretLabel?: string;
}

export interface JobError {
  readonly message: string;
  readonly nextStep: string | null;
  readonly sqlState: string | null;
}

/** An index that an interrupted statement left behind, and what can be done about it. */
export interface Leftover {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  /** `build`: made by this job and removed by it; `drop`: half dropped, to be finished or built again. */
  readonly from: 'build' | 'drop';
  readonly state: 'removed' | 'there';
}

/** Did it help? By the check that asked for the change, or by the catalog. */
export interface Recheck {
  readonly text: string;
  readonly isGood: boolean;
}

/** One execution of one plan; the journal keeps it for good. */
export interface Job {
  readonly id: string;
  readonly title: string;
  readonly risk: Risk;
  /** "shop on db.example:5432". */
  readonly database: string;
  readonly role: string;
  /** Account on this machine, and the program: "ana, desktop". */
  readonly by: string;
  /** ISO 8601, clock of this machine. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly outcome: JobOutcome;
  readonly actions: readonly JobAction[];
  readonly recheck: readonly Recheck[];
  readonly leftovers: readonly Leftover[];
  readonly freedBytes: number | null;
  /** The job that took this one back, and the one that this one took back. */
  readonly undoneBy: string | null;
  readonly undoes: string | null;
  /** Why there is no way back, or null where there is one. */
  readonly noUndo: string | null;
}

/** What a job destroyed, as it was before. */
export interface KeptCopy {
  readonly title: string;
  /** ISO 8601, clock of this machine. */
  readonly takenAt: string;
  /** Column names and values as the server had them; integers beyond 2^53 as text. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** A row of the journal's list. */
export type JobSummary = Omit<Job, 'actions' | 'recheck' | 'leftovers'> & {
  readonly actionCount: number;
  readonly doneCount: number;
};

/** Whether changes may run on a connection now. */
export interface Access {
  readonly isUnlocked: boolean;
  readonly remainingMs: number;
  /** Why it cannot be unlocked at all, for example a standby. */
  readonly reason: string | null;
}
