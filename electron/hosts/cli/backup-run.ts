import type { BackupDetails, BackupJob, BackupProgress, BackupRow } from '#shared/model/backup.ts';
import type { BackupPlanRequest } from '#shared/contract/backups.ts';
import { formatBytes, formatDuration } from '#shared/model/format.ts';
import type { Engine } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import type { CliContext } from '../cli.ts';
import { renderBackupJob, renderBackupPlan } from './backup-text.ts';
import { EXIT } from './exit-codes.ts';

export interface RunFlags {
  readonly format: 'human' | 'json';
  readonly quiet?: boolean;
}

export interface ChangeFlags extends RunFlags {
  readonly yes?: boolean;
  readonly confirm?: string;
  readonly accept: readonly string[];
}

/** Shows the plan; with --yes, runs it. What it asks for beyond that is refused by the engine (PLAN_REFUSED). */
export async function changeBackups(
  engine: Engine,
  connectionId: string,
  request: BackupPlanRequest,
  flags: ChangeFlags,
  context: CliContext,
): Promise<number> {
  const { output, signal } = context;
  const plan = await engine.backups.preview(connectionId, request, { signal });
  output.clearProgress();
  if (flags.format === 'human') output.data(renderBackupPlan(plan, { asks: !flags.yes }));
  else if (!flags.yes) output.data(`${JSON.stringify(plan, null, 2)}\n`);
  if (!flags.yes) return EXIT.ok;
  if (plan.kind === 'prune' && plan.removes.length === 0 && plan.freedBytes === 0) {
    if (flags.format === 'json') output.data(`${JSON.stringify(plan, null, 2)}\n`);
    return EXIT.ok;
  }
  engine.plans.unlock(connectionId);
  const { jobId } = await engine.backups.execute({
    connectionId,
    planId: plan.planId,
    phrase: flags.confirm ?? null,
    accepted: flags.accept,
  });
  return runBackupJob(engine, connectionId, jobId, flags, context);
}

/** Follows a job to its end; an interrupt cancels it, and what it had begun is cleaned up before this returns. */
export async function runBackupJob(
  engine: Engine,
  connectionId: string,
  jobId: string,
  flags: RunFlags,
  { output, signal }: CliContext,
): Promise<number> {
  const cancel = (): void => engine.backups.cancel(connectionId, jobId);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  let job: BackupJob | null = null;
  let asked: string | null = null;
  for await (const event of engine.backups.watch(connectionId, jobId)) {
    if (event.type === 'done') ({ job } = event);
    else if (!flags.quiet) {
      const { question } = event.job;
      // Nobody may sit there: doing nothing is an answer, too.
      if (question !== null && question !== asked) output.note(`${question} Ctrl+C cancels it.\n`);
      asked = question;
      output.progress(progressLine(event.job));
    }
  }
  output.clearProgress();
  if (job === null) return EXIT.fixFailed;
  const backup = await detailsOf(engine, connectionId, job);
  output.data(
    flags.format === 'json' ? `${JSON.stringify({ job, backup }, null, 2)}\n` : renderBackupJob(job, backup),
  );
  if (signal.aborted) return EXIT.interrupted;
  return job.outcome === 'done' ? EXIT.ok : EXIT.fixFailed;
}

/** By its id or the beginning of it; without one, the newest intact one of the whole database. NOT_FOUND, BAD_INPUT. */
export async function chosenBackup(
  engine: Engine,
  connectionId: string,
  id: string | undefined,
  { signal }: CliContext,
): Promise<BackupRow> {
  const { backups, database } = await engine.backups.overview(connectionId, { signal });
  if (id === undefined) {
    const newest = backups
      .filter(
        ({ database: name, scope, trust, trashedAt }) =>
          name === database.name &&
          scope.kind === 'database' &&
          trashedAt === null &&
          (trust === 'intact' || trust === 'verified'),
      )
      .toSorted((a, b) => b.seq - a.seq)
      .at(0);
    if (newest) return newest;
    throw new EngineError(
      'NOT_FOUND',
      `There is no intact backup of the whole of ${database.name}.`,
      'pgvitals backup create makes one; pgvitals backup list shows what is there.',
    );
  }
  const [found, another] = backups.filter((backup) => backup.id.startsWith(id));
  if (found && !another) return found;
  throw new EngineError(
    found ? 'BAD_INPUT' : 'NOT_FOUND',
    found ? `More than one backup begins with ${id}.` : `There is no backup ${id}.`,
    'pgvitals backup list shows them.',
  );
}

/** Null where there is none, or it is not there any more. */
async function detailsOf(
  engine: Engine,
  connectionId: string,
  job: BackupJob,
): Promise<BackupDetails | null> {
  if (job.backupId === null) return null;
  return engine.backups.detail(connectionId, job.backupId, {}).catch(() => null);
}

/** "2/6 Dump: Dumping public.posts 41 %, 12 MB, 30 MB/s, 4 s left". */
function progressLine({ steps, progress }: BackupJob): string {
  const at = steps.findIndex(({ state }) => state === 'running');
  const step = steps[at];
  if (!step) return '';
  return `${at + 1}/${steps.length} ${step.title}${progress === null ? '' : `: ${wordsOf(progress)}`}`;
}

function wordsOf({ phase, percent, bytes, bytesPerSecond, remainingMs }: BackupProgress): string {
  const parts = [
    percent === null ? phase : `${phase} ${Math.round(percent)} %`,
    bytes === null ? null : formatBytes(bytes),
    bytesPerSecond === null ? null : `${formatBytes(bytesPerSecond)}/s`,
    remainingMs === null ? null : `${formatDuration(remainingMs)} left`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}
