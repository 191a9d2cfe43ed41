import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import type { Access, Job, JobEvent, JobSummary, KeptCopy, PlanPreview } from '../model/plan.ts';
import { planRequest, SCRIPT_FORMATS } from '../model/plan-request.ts';
import type { RenderedReport } from './reports.ts';
import { base, connectionId, output } from './base.ts';

const id = z.string().regex(/^[0-9a-f]{16,32}$/);
const ofConnection = z.strictObject({ connectionId });
const ofJob = z.strictObject({ connectionId, jobId: id });
const asScript = z.strictObject({ connectionId, planId: id, format: z.enum(SCRIPT_FORMATS) });

/** Every change of a database goes this way: preview, confirmation, run, re-check, journal, undo. */
export const plans = {
  /** What would be run, with lock, risk, undo and preflight; changes nothing. The plan is void after five minutes. */
  preview: base.input(z.strictObject({ connectionId, request: planRequest })).output(output<PlanPreview>()),
  /**
   * Runs a previewed plan, once. READ_ONLY while the connection is locked; PLAN_GONE where it was used, expired or is of
   * another connection; PLAN_STALE where the object or the database is another one by now; PLAN_REFUSED without the right
   * phrase. It goes on when nobody watches.
   */
  execute: base
    .input(
      z.strictObject({
        connectionId,
        planId: id,
        phrase: z.string().max(256).nullable(),
        accepted: z.array(z.string().max(200)).max(1_000),
      }),
    )
    .output(output<{ jobId: string }>()),
  /** The state of a job, then everything that happens to it. Leaving does not cancel it. */
  watch: base.input(ofJob).output(eventIterator(output<JobEvent>())),
  /** Ends the running statement on the server and runs no further one. */
  cancel: base.input(ofJob).output(output<null>()),
  /** The jobs that run, then each that begins, whoever began it: another window, or a schedule. Ends with the connection. */
  running: base.input(ofConnection).output(eventIterator(output<{ readonly jobId: string }>())),
  /** The plan as a file; does not spend it. */
  script: base.input(asScript).output(output<RenderedReport>()),
  /** Desktop only: asks where, writes the script, and returns the path; null when the user cancels. */
  saveScript: base.input(asScript).output(output<{ path: string } | null>()),
  access: base.input(ofConnection).output(output<Access>()),
  /** Allows changes for 15 minutes. */
  unlock: base.input(ofConnection).output(output<Access>()),
  lock: base.input(ofConnection).output(output<Access>()),
  /** Everything that was ever run in this database, newest first. */
  journal: base.input(ofConnection).output(output<readonly JobSummary[]>()),
  job: base.input(ofJob).output(output<Job>()),
  /**
   * Hands out what a job made that nobody else knows, such as a new password: once, while the connection is open. Null
   * where there is nothing to hand out (any more). Never in a job, the journal or a log.
   */
  takeSecret: base.input(ofJob).output(output<{ secret: string | null }>()),
  /** What a job of the journal kept before it destroyed it; empty where it kept nothing. */
  copies: base.input(ofJob).output(output<readonly KeptCopy[]>()),
};
