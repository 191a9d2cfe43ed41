import type { JobOutcome, PreflightItem, Acceptance } from './plan.ts';
import type { Risk } from './finding.ts';

/**
 * How a backup is written. `default`: one file, light compression. `fast`: a directory written by two processes.
 * `small`: one file, strong compression. The levels are data of `electron/engine/backup/shapes.ts`.
 */
export const BACKUP_SHAPES = ['default', 'fast', 'small'] as const;
export type BackupShape = (typeof BACKUP_SHAPES)[number];

export type BackupScope =
  | { readonly kind: 'database' }
  | { readonly kind: 'schemas'; readonly schemas: readonly string[] }
  | { readonly kind: 'tables'; readonly tables: readonly TableName[] };

/** As stored, unquoted. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** What a backup of a part can be of, as many as are shown at once. */
export interface BackupParts {
  /** How many there are with these letters. */
  readonly total: number;
  readonly parts: readonly BackupPart[];
}

export interface BackupPart {
  readonly schema: string;
  /** Null = the whole schema. */
  readonly name: string | null;
  readonly tables: number;
  /** Heap and TOAST as of the last VACUUM or ANALYZE; 0 where there was none yet. */
  readonly sizeBytes: number;
}

export const BACKUP_PARTS_SHOWN = 200;

/** The five steps of a verification, in their order (reliability.md §4.5). Only the last one proves a backup. */
export const VERIFY_STEPS = ['file', 'checksum', 'archive', 'decode', 'restore'] as const;
export type VerifyStep = (typeof VERIFY_STEPS)[number];

export interface VerifyStepResult {
  readonly step: VerifyStep;
  readonly verdict: 'passed' | 'failed' | 'not run';
  readonly durationMs: number;
  /** One sentence: what was found. */
  readonly text: string;
}

export interface Verification {
  /** ISO 8601, clock of this machine. */
  readonly at: string;
  /** Where the test restore ran: "shop on db.example:5432", "a PostgreSQL 15 of PgVitals' own"; null without one. */
  readonly restoredOn: string | null;
  readonly steps: readonly VerifyStepResult[];
  /** How long the database took to be there again, without the comparison; null without a test restore. */
  readonly restoreMs: number | null;
}

/**
 * `verified`: the last test restore matched. `intact`: steps 1 to 4 passed, nothing was restored. `damaged`: a step
 * failed. `foreign`: not made here, or its manifest was changed. `missing`: its place is not there; it is known from before.
 */
export const BACKUP_TRUSTS = ['verified', 'intact', 'damaged', 'foreign', 'missing'] as const;
export type BackupTrust = (typeof BACKUP_TRUSTS)[number];

/** Rows of one table in the archive, and at the source where they were counted at the exported snapshot. */
export interface TableRows extends TableName {
  readonly rows: number;
  /** Sum of `hashtextextended(row::text, 0)` at the snapshot, as text; null where it was not computed. */
  readonly sourceHash: string | null;
}

export interface BackupRow {
  readonly id: string;
  /** Counts up for all backups of this installation: order by it, never by time or name. */
  readonly seq: number;
  readonly database: string;
  readonly trust: BackupTrust;
  readonly shape: BackupShape;
  readonly scope: BackupScope;
  /** ISO 8601, clock of this machine. */
  readonly startedAt: string;
  /** Of pg_dump and the checksum; the proof comes on top. */
  readonly durationMs: number;
  readonly sizeBytes: number;
  /** `pg_database_size` when it was made; null where it could not be read. */
  readonly databaseBytes: number | null;
  readonly tables: number;
  readonly rows: number;
  readonly serverVersion: string;
  readonly toolVersion: string;
  readonly hasGlobals: boolean;
  readonly isPinned: boolean;
  readonly note: string;
  readonly lastVerification: Verification | null;
  readonly lastRestoreTestAt: string | null;
  readonly locationId: string;
  /** In the trash since then; null = not in it. */
  readonly trashedAt: string | null;
  /** What uses it now: "being verified". */
  readonly busy: string | null;
}

export interface BackupDetails extends BackupRow {
  readonly folder: string;
  readonly files: readonly BackupFile[];
  /** Entries of the table of contents by type: "TABLE" 39, "INDEX" 226. */
  readonly entries: readonly { readonly type: string; readonly count: number }[];
  readonly tableRows: readonly TableRows[];
  readonly extensions: readonly string[];
  /** Roles and tablespaces that a restore with owners and rights needs; pg_dump does not contain them. */
  readonly roles: readonly string[];
  readonly tablespaces: readonly string[];
  readonly verifications: readonly Verification[];
  /** What the user should know: contents in clear, things that are not in it. */
  readonly notices: readonly string[];
  readonly log: string;
}

export interface BackupFile {
  /** Relative to the folder. */
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface BackupLocation {
  readonly id: string;
  readonly path: string;
  readonly isDefault: boolean;
  /** Why it cannot be used now ("the drive is not there"); null = it can. */
  readonly unavailable: string | null;
  readonly freeBytes: number | null;
}

/** One pg_dump with its pg_restore, as found on this machine. */
export interface ToolInstall {
  readonly dumpPath: string;
  /** Null where pg_restore is not beside it. */
  readonly restorePath: string | null;
  /** "16.14". */
  readonly version: string;
  readonly versionNum: number;
  /** "PATH", "Debian package", "Homebrew", "chosen by you". */
  readonly origin: string;
}

export interface ToolChoice {
  readonly found: readonly ToolInstall[];
  readonly chosen: ToolInstall | null;
  /** Why none can be used, with the next step; null where one is chosen. */
  readonly refusal: { readonly message: string; readonly nextStep: string } | null;
  /** Older than the release that mends a known hole, end of life: one sentence each. */
  readonly warnings: readonly string[];
  /** How to install the right one on this system. */
  readonly installHint: string;
}

/** Where the user says that client programs are; looked at before all other places. */
export interface ClientFolder {
  readonly path: string;
  /** `this run`: by a flag or by PGVITALS_CLIENT_DIR; it goes before the one of the settings and cannot be forgotten. */
  readonly namedBy: 'settings' | 'this run';
  /** Of the pg_dump in it; null where there is none that can be used, which a warning says. */
  readonly version: string | null;
}

/** Another connection that is open: a server that a test restore could run on. */
export interface TestPlace {
  readonly connectionId: string;
  readonly name: string;
  readonly address: string;
  /** Why it cannot, as a sentence; null = it can. */
  readonly unusable: string | null;
}

/** A database that a restore put aside; it goes on existing under another name until it is dropped. */
export interface ReplacedDatabase {
  readonly id: string;
  /** The live name, and the name of the old one. */
  readonly database: string;
  readonly oldName: string;
  /** ISO 8601. */
  readonly replacedAt: string;
  /** Kept at least until then; it is never dropped by itself. */
  readonly keepUntil: string;
  readonly sizeBytes: number | null;
  readonly backupId: string;
  readonly isThere: boolean;
}

export interface RetentionPolicy {
  /** Backups older than so many days may go. */
  readonly days: number;
  /** So many completed ones of each database stay whatever their age; at least 2. */
  readonly keepAtLeast: number;
}

export const DEFAULT_BACKUP_RETENTION: RetentionPolicy = { days: 7, keepAtLeast: 2 };
/** How long a deleted backup, and a database that was replaced, can be had back. */
export const TRASH_DAYS = 7;

export interface BackupsOverview {
  readonly backups: readonly BackupRow[];
  readonly locations: readonly BackupLocation[];
  readonly tools: ToolChoice;
  readonly clientFolder: ClientFolder | null;
  readonly replaced: readonly ReplacedDatabase[];
  readonly retention: RetentionPolicy;
  /** Runs that ended without a backup, newest first. */
  readonly failures: readonly BackupFailure[];
  readonly database: { readonly name: string; readonly sizeBytes: number | null };
  readonly estimate: BackupEstimate;
  readonly recovery: RecoveryFigures;
  /** One sentence for each thing that keeps this list from being complete. */
  readonly notices: readonly string[];
}

export interface BackupFailure {
  readonly at: string;
  readonly outcome: Exclude<JobOutcome, 'running' | 'done'>;
  readonly message: string;
  readonly nextStep: string | null;
}

/** From earlier backups of this database; ratios of performance.md where there are none. */
export interface BackupEstimate {
  /** Per shape: expected size and time; null where nothing is known. */
  readonly shapes: readonly {
    readonly shape: BackupShape;
    readonly sizeBytes: number | null;
    readonly durationMs: number | null;
    readonly isMeasured: boolean;
  }[];
}

/** What burning down now would cost. */
export interface RecoveryFigures {
  /** Age of the newest intact backup at the moment of reading: what would be lost. */
  readonly pointAgeMs: number | null;
  /** Measured by the last test restore. */
  readonly timeMs: number | null;
  readonly provenAt: string | null;
}

export const BACKUP_JOB_KINDS = [
  'create',
  'verify',
  'restore',
  'replace',
  'swap back',
  'drop old',
  'delete',
  'prune',
] as const;
export type BackupJobKind = (typeof BACKUP_JOB_KINDS)[number];

export interface BackupJobStep {
  readonly title: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'not run';
  readonly durationMs: number | null;
  readonly detail: string | null;
}

export interface BackupJob {
  readonly id: string;
  readonly kind: BackupJobKind;
  readonly title: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly outcome: JobOutcome;
  readonly steps: readonly BackupJobStep[];
  readonly progress: BackupProgress | null;
  readonly error: { readonly message: string; readonly nextStep: string | null } | null;
  /** The backup that it made or worked on. */
  readonly backupId: string | null;
  /** The database that it made: the restored one. */
  readonly database: string | null;
  readonly notes: readonly string[];
  /** What it asks while it runs, as a sentence: answered by waiting on or by cancelling; null = nothing. */
  readonly question: string | null;
}

export interface BackupProgress {
  /** "Dumping public.posts". */
  readonly phase: string;
  readonly tablesDone: number | null;
  readonly tablesTotal: number | null;
  readonly bytes: number | null;
  readonly bytesPerSecond: number | null;
  readonly remainingMs: number | null;
  /** 0–100; null where it cannot be known. */
  readonly percent: number | null;
}

/** Each event is the whole state: it is small, and a late listener misses nothing. */
export interface BackupJobEvent {
  readonly type: 'state' | 'done';
  readonly job: BackupJob;
}

/** What is shown before something is written over, dropped or deleted; nothing of it has happened yet. */
export interface BackupPlanPreview {
  /** Random, for one execution, void after `expiresInMs`. */
  readonly planId: string;
  readonly expiresInMs: number;
  readonly kind: BackupJobKind;
  readonly title: string;
  /** What the button says. */
  readonly verb: string;
  readonly risk: Risk;
  readonly phrase: string | null;
  /** Server, identifier, database, size, last write: what the user must recognise. */
  readonly target: readonly { readonly label: string; readonly value: string }[];
  /** In plain words, in their order. */
  readonly steps: readonly string[];
  /** SQL that changes names or ends sessions, as it will be run. */
  readonly sql: readonly string[];
  readonly preflight: readonly PreflightItem[];
  readonly mustAccept: readonly Acceptance[];
  /** Backups that go, and those that stay, each with the reason. */
  readonly removes: readonly PlannedRemoval[];
  readonly keeps: readonly PlannedRemoval[];
  readonly freedBytes: number | null;
  readonly estimateMs: number | null;
  /** What cannot be taken back, and what can and until when. */
  readonly undo: string;
}

export interface PlannedRemoval {
  readonly id: string;
  readonly title: string;
  readonly sizeBytes: number;
  readonly reason: string;
}
