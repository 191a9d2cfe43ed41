import { Command } from 'commander';
import type { Audit } from '#shared/model/audit.ts';
import type { Finding, Risk } from '#shared/model/finding.ts';
import type { Job, PlanPreview } from '#shared/model/plan.ts';
import { SCRIPT_FORMATS, type PlanRequest } from '#shared/model/plan-request.ts';
import type { Engine } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import { safeFindings } from '#engine/plans/findings.ts';
import { isAtMost } from '#engine/plans/plan.ts';
import type { CliContext } from '../cli.ts';
import { EXIT } from './exit-codes.ts';
import { renderJob, renderPlan } from './fix-text.ts';
import { collectList, type ConnectionFlags, oneOf } from './options.ts';
import { withConnectionFlags } from './target.ts';
import { withConnection } from './with-connection.ts';

const RISKS = ['R1', 'R2', 'R3', 'R4'] as const;
const FORMATS = ['human', 'json', ...SCRIPT_FORMATS] as const;

interface FixFlags extends ConnectionFlags {
  readonly plan?: boolean;
  readonly apply?: boolean;
  readonly yes?: boolean;
  readonly maxRisk?: Risk;
  readonly confirm?: string;
  readonly accept: readonly string[];
  readonly only: readonly string[];
  readonly undo?: string;
  readonly format: (typeof FORMATS)[number];
  readonly quiet?: boolean;
}

/** `pgvitals fix`: shows what would be run; runs it only when asked for in so many words. */
export function fixCommand(context: CliContext): Command {
  const command = new Command('fix')
    .description('show the SQL that fixes what the audit found; with --apply, run it')
    .argument('[url]', 'any connection URL, key=value string, or service=name');
  return withConnectionFlags(command)
    .option('--plan', 'show the plan and change nothing (the default)')
    .option('--apply', 'run the plan; needs --yes and --max-risk')
    .option('--yes', 'confirm the plan')
    .option(
      '--max-risk <level>',
      'nothing above R1 (safe), R2 (long, online), R3 (blocks) or R4 (destroys)',
      (text) => oneOf(text.toUpperCase(), RISKS),
    )
    .option(
      '--confirm <phrase>',
      'what an R3 or R4 plan asks to be typed: the name, or the number of changes',
    )
    .option('--accept <ids>', 'what only you can know, by the ids that the plan lists', collectList, [])
    .option(
      '--only <ids>',
      'findings of these checks or categories; default: all that are safe to fix',
      collectList,
      [],
    )
    .option('--undo <job>', 'take back a job that was run from this computer')
    .option('-f, --format <format>', `one of ${FORMATS.join(', ')}`, (text) => oneOf(text, FORMATS), 'human')
    .option('--quiet', 'no progress and no notes on stderr')
    .action(async (url: string | undefined, flags: FixFlags) => {
      context.finish(await runFix(url, flags, context));
    });
}

async function runFix(url: string | undefined, flags: FixFlags, context: CliContext): Promise<number> {
  if (flags.apply && (!flags.yes || flags.maxRisk === undefined)) {
    throw new EngineError(
      'BAD_INPUT',
      '--apply needs --yes and --max-risk.',
      'Look at the plan first, then add --yes --max-risk R2, or the risk that you accept.',
    );
  }
  const { output, signal } = context;
  return withConnection(url, flags, context, async (engine, connectionId) => {
    const request = await requestOf(engine, connectionId, flags, context);
    if (request === null) {
      output.data('There is nothing to fix here.\n');
      return EXIT.ok;
    }
    const plan = await engine.plans.preview(connectionId, request, { signal });
    printPlan(engine, connectionId, plan, flags, context);
    if (!flags.apply) return EXIT.ok;
    if (!isAtMost(plan.risk, flags.maxRisk ?? 'R1'))
      throw new EngineError(
        'PLAN_REFUSED',
        `The plan has the risk ${plan.risk}, above --max-risk ${flags.maxRisk ?? 'R1'}.`,
        'Choose fewer findings with --only, or accept the risk with --max-risk.',
      );
    return apply(engine, connectionId, plan, flags, context);
  });
}

async function requestOf(
  engine: Engine,
  connectionId: string,
  flags: FixFlags,
  { output, signal }: CliContext,
): Promise<PlanRequest | null> {
  if (flags.undo !== undefined) return { kind: 'undo', jobId: flags.undo };
  let audit: Audit | null = null;
  for await (const event of engine.audit(connectionId, { signal })) {
    if (event.type === 'progress' && !flags.quiet)
      output.progress(`${event.done}/${event.total} ${event.label}`);
    if (event.type === 'done') ({ audit } = event);
  }
  const findings = audit === null ? [] : chosen(audit, flags);
  return findings.length === 0
    ? null
    : { kind: 'findings', fingerprints: findings.map(({ fingerprint }) => fingerprint) };
}

/** Named checks or categories, or all that is safe; nothing above --max-risk. */
function chosen(audit: Audit, { only, maxRisk }: FixFlags): readonly Finding[] {
  const wanted = new Set(only);
  const findings =
    only.length === 0
      ? safeFindings(audit)
      : audit.findings.filter(
          ({ check, category, status, fix }) =>
            (wanted.has(check) || wanted.has(category)) &&
            status !== 'fixed' &&
            status !== 'waived' &&
            fix !== null &&
            fix.sql.length > 0,
        );
  return findings
    .filter(({ fix }) => maxRisk === undefined || (fix !== null && isAtMost(fix.risk, maxRisk)))
    .slice(0, 1_000);
}

function printPlan(
  engine: Engine,
  connectionId: string,
  plan: PlanPreview,
  { format, apply }: FixFlags,
  { output }: CliContext,
): void {
  output.clearProgress();
  if (format === 'human') output.data(renderPlan(plan));
  else if (format !== 'json') output.data(engine.plans.script(connectionId, plan.planId, format).text);
  else if (!apply) output.data(`${JSON.stringify(plan, null, 2)}\n`);
}

async function apply(
  engine: Engine,
  connectionId: string,
  plan: PlanPreview,
  flags: FixFlags,
  { output, signal }: CliContext,
): Promise<number> {
  engine.plans.unlock(connectionId);
  const { jobId } = await engine.plans.execute({
    connectionId,
    planId: plan.planId,
    phrase: flags.confirm ?? null,
    accepted: flags.accept,
  });
  const cancel = (): void => engine.plans.cancel(connectionId, jobId);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  let job: Job | null = null;
  for await (const event of engine.plans.watch(connectionId, jobId)) {
    if (event.type === 'done') ({ job } = event);
    if (event.type !== 'progress' || flags.quiet) continue;
    const { phase, percent, blockers } = event.progress;
    const share = percent === null ? '' : ` ${Math.round(percent)} %`;
    const waits = blockers.length === 0 ? '' : `: ${blockers.map(({ who }) => who).join(', ')}`;
    output.progress(`${event.at + 1}/${plan.actions.length} ${phase}${share}${waits}`);
  }
  output.clearProgress();
  if (job === null) return EXIT.fixFailed;
  output.data(flags.format === 'json' ? `${JSON.stringify(job, null, 2)}\n` : renderJob(job));
  if (signal.aborted) return EXIT.interrupted;
  return job.outcome === 'done' ? EXIT.ok : EXIT.fixFailed;
}
