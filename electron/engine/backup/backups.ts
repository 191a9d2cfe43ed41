import type {
  BackupDetails,
  BackupJobEvent,
  BackupLocation,
  BackupParts,
  BackupPlanPreview,
  BackupsOverview,
  RetentionPolicy,
  TestPlace,
} from '#shared/model/backup.ts';
import type { BackupPlanRequest, CreateBackupRequest, VerifyRequest } from '#shared/contract/backups.ts';
import type { RenderedReport } from '#shared/contract/reports.ts';
import type { Abortable } from '#engine/engine.ts';
import type { Execution } from '#engine/plans/plans.ts';

/** Everything the product does with backups; the wire's `backups`, with the same errors. */
export interface Backups {
  overview(connectionId: string, options: Abortable): Promise<BackupsOverview>;
  detail(connectionId: string, backupId: string, options: Abortable): Promise<BackupDetails>;
  parts(
    connectionId: string,
    of: 'schemas' | 'tables',
    letters: string,
    options: Abortable,
  ): Promise<BackupParts>;
  create(connectionId: string, request: CreateBackupRequest): Promise<{ jobId: string }>;
  verify(connectionId: string, request: VerifyRequest): Promise<{ jobId: string }>;
  testPlaces(connectionId: string, backupId: string, options: Abortable): Promise<readonly TestPlace[]>;
  watch(connectionId: string, jobId: string): AsyncIterable<BackupJobEvent>;
  cancel(connectionId: string, jobId: string): void;
  /** Answers the question of a job. */
  waitOn(connectionId: string, jobId: string): void;
  /** The job that runs, then each that begins on this connection, until the signal or its end. Throws NOT_CONNECTED. */
  running(connectionId: string, options: Abortable): AsyncIterable<{ readonly jobId: string }>;
  preview(connectionId: string, request: BackupPlanRequest, options: Abortable): Promise<BackupPlanPreview>;
  execute(execution: Execution): Promise<{ jobId: string }>;
  recover(connectionId: string, backupId: string, options: Abortable): Promise<void>;
  setPinned(connectionId: string, backupId: string, isPinned: boolean, options: Abortable): Promise<void>;
  setNote(connectionId: string, backupId: string, note: string, options: Abortable): Promise<void>;
  setRetention(connectionId: string, policy: RetentionPolicy, options: Abortable): Promise<RetentionPolicy>;
  /** Throws BAD_INPUT for a path that is no folder one can write to. */
  addLocation(connectionId: string, path: string, options: Abortable): Promise<BackupLocation>;
  removeLocation(connectionId: string, locationId: string, options: Abortable): Promise<void>;
  /** The client programs in it are used wherever they fit; throws BAD_INPUT with what is wrong with it. */
  setClientFolder(connectionId: string, path: string, options: Abortable): Promise<void>;
  forgetClientFolder(connectionId: string): void;
  folderOf(connectionId: string, backupId: string, options: Abortable): Promise<string>;
  adopt(connectionId: string, backupId: string): Promise<{ jobId: string }>;
  recoveryPlan(connectionId: string, format: 'md' | 'html', options: Abortable): Promise<RenderedReport>;
  /** Cancels what runs and waits for its end. */
  close(connectionId: string): Promise<void>;
}
