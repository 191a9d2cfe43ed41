import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import {
  BACKUP_SHAPES,
  type BackupDetails,
  type BackupJobEvent,
  type BackupLocation,
  type BackupParts,
  type BackupPlanPreview,
  type BackupsOverview,
  type RetentionPolicy,
  type TestPlace,
} from '../model/backup.ts';
import { base, connectionId, output } from './base.ts';
import type { RenderedReport } from './reports.ts';

const id = z.string().regex(/^[0-9a-f]{16,32}$/);
/** A name of PostgreSQL has at most 63 bytes. */
const name = z
  .string()
  .min(1)
  .max(63)
  .refine((text) => !text.includes('\0'), 'no zero byte');
const tables = z
  .array(z.strictObject({ schema: name, name }))
  .min(1)
  .max(1_000);
const scope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('database') }),
  z.strictObject({ kind: z.literal('schemas'), schemas: z.array(name).min(1).max(200) }),
  z.strictObject({ kind: z.literal('tables'), tables }),
]);
const ofConnection = z.strictObject({ connectionId });
const ofBackup = z.strictObject({ connectionId, backupId: id });
const ofJob = z.strictObject({ connectionId, jobId: id });

export const createBackupRequest = z.strictObject({
  shape: z.enum(BACKUP_SHAPES),
  scope,
  locationId: z.string().min(1).max(64).nullable(),
  /** Count and hash every row at the exported snapshot: reads every table once more. */
  comparesSource: z.boolean(),
  note: z.string().max(500),
});
export type CreateBackupRequest = z.infer<typeof createBackupRequest>;

export const verifyRequest = z.strictObject({
  backupId: id,
  /** `intact`: steps 1 to 4. `restore`: all five. */
  depth: z.enum(['intact', 'restore']),
  /** Where the test restore runs: this server, a PostgreSQL that PgVitals starts for it, or the server of another connection. */
  on: z.union([z.enum(['this server', 'own server']), z.strictObject({ connectionId })]),
});
export type VerifyRequest = z.infer<typeof verifyRequest>;

/** Everything that writes into a server or takes a backup away; it is previewed first. */
export const backupPlanRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('restore'), backupId: id, database: name }),
  /** The tables alone, into a database of their own. */
  z.strictObject({ kind: z.literal('restore-tables'), backupId: id, tables, database: name }),
  /** Beside the live database, then their names are swapped. */
  z.strictObject({ kind: z.literal('replace'), backupId: id }),
  z.strictObject({ kind: z.literal('swap-back'), replacedId: id }),
  z.strictObject({ kind: z.literal('drop-old'), replacedId: id }),
  z.strictObject({ kind: z.literal('delete'), backupIds: z.array(id).min(1).max(1_000) }),
  z.strictObject({ kind: z.literal('prune') }),
]);
export type BackupPlanRequest = z.infer<typeof backupPlanRequest>;

export const RECOVERY_FORMATS = ['md', 'html'] as const;
const recoveryPlan = z.strictObject({ connectionId, format: z.enum(RECOVERY_FORMATS) });

/** Backups of a database: made by pg_dump, proven by restoring them, kept and let go by rule. */
export const backups = {
  overview: base.input(ofConnection).output(output<BackupsOverview>()),
  detail: base.input(ofBackup).output(output<BackupDetails>()),
  /** The schemas, or the tables, with these letters in their names: what a backup of a part can be of. */
  parts: base
    .input(
      z.strictObject({
        connectionId,
        of: z.enum(['schemas', 'tables']),
        text: z
          .string()
          .max(200)
          .refine((typed) => !typed.includes('\0'), 'no zero byte'),
      }),
    )
    .output(output<BackupParts>()),
  /** Starts pg_dump. PLAN_REFUSED where no client fits the server; JOB_RUNNING while another job works here. */
  create: base.input(createBackupRequest.extend({ connectionId })).output(output<{ jobId: string }>()),
  /**
   * A test restore on this server, or on that of another connection, needs changes to be unlocked there (READ_ONLY): it
   * makes a database and drops it again. PLAN_REFUSED where that server cannot take it.
   */
  verify: base.input(verifyRequest.extend({ connectionId })).output(output<{ jobId: string }>()),
  /** The other connections that are open, and why a test restore cannot run there. */
  testPlaces: base.input(ofBackup).output(output<readonly TestPlace[]>()),
  watch: base.input(ofJob).output(eventIterator(output<BackupJobEvent>())),
  cancel: base.input(ofJob).output(output<null>()),
  /** Answers the question of a job: it goes on, and asks again later. */
  waitOn: base.input(ofJob).output(output<null>()),
  /** The job that runs, then each that begins, from whatever window. */
  running: base.input(ofConnection).output(eventIterator(output<{ readonly jobId: string }>())),
  /** What would be written, renamed, dropped or deleted; changes nothing. Void after five minutes. */
  preview: base
    .input(z.strictObject({ connectionId, request: backupPlanRequest }))
    .output(output<BackupPlanPreview>()),
  /** Spends the plan, once. Errors as of `plans.execute`. */
  execute: base
    .input(
      z.strictObject({
        connectionId,
        planId: id,
        phrase: z.string().max(256).nullable(),
        accepted: z.array(z.string().max(200)).max(100),
      }),
    )
    .output(output<{ jobId: string }>()),
  /** Out of the trash again. */
  recover: base.input(ofBackup).output(output<null>()),
  setPinned: base.input(ofBackup.extend({ isPinned: z.boolean() })).output(output<null>()),
  setNote: base.input(ofBackup.extend({ note: z.string().max(500) })).output(output<null>()),
  setRetention: base
    .input(
      z.strictObject({
        connectionId,
        days: z.int().min(1).max(3_650),
        keepAtLeast: z.int().min(2).max(1_000),
      }),
    )
    .output(output<RetentionPolicy>()),
  /** Desktop only: asks for a folder; null when the user cancels. */
  addLocation: base.input(ofConnection).output(output<BackupLocation | null>()),
  /** Forgets the place; its files stay. */
  removeLocation: base
    .input(z.strictObject({ connectionId, locationId: z.string().min(1).max(64) }))
    .output(output<null>()),
  /**
   * The folder whose client programs are used wherever they fit. The desktop takes none from the page, which could have
   * any program run: with null it asks with its own dialog. False = cancelled. BAD_INPUT says what is wrong with it.
   */
  setClientFolder: base
    .input(z.strictObject({ connectionId, path: z.string().min(1).max(4_096).nullable() }))
    .output(output<boolean>()),
  forgetClientFolder: base.input(ofConnection).output(output<null>()),
  /** Desktop only: shows the folder of a backup in the system's file manager. */
  openFolder: base.input(ofBackup).output(output<null>()),
  /** Makes a backup that was not made here one of ours, after steps 1, 3 and 4; the client must be one without known holes. */
  adopt: base.input(ofBackup).output(output<{ jobId: string }>()),
  /** The disaster-recovery plan with this server's own values. */
  recoveryPlan: base.input(recoveryPlan).output(output<RenderedReport>()),
  /** Desktop only; as PDF too. */
  saveRecoveryPlan: base
    .input(z.strictObject({ connectionId, format: z.enum([...RECOVERY_FORMATS, 'pdf']) }))
    .output(output<{ path: string } | null>()),
};
