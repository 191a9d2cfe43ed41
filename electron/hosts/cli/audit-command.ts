import { readFile, rename, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { parseAudit } from '#shared/model/audit-schema.ts';
import type { Audit, AuditEvent } from '#shared/model/audit.ts';
import { VERSION } from '#shared/model/version.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { auditSession } from '#engine/audit/audit-session.ts';
import type { Check } from '#engine/audit/check.ts';
import { CHECKS } from '#engine/audit/registry.ts';
import { auditSnapshot } from '#engine/audit/run.ts';
import { readSnapshot, writeSnapshot } from '#engine/audit/snapshot-file.ts';
import { isDefaultPassword } from '#engine/collect/passwords.ts';
import { EngineError } from '#engine/errors.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import { renderReport } from '#engine/reports/render.ts';
import type { CliContext } from '../cli.ts';
import {
  type AuditFlags,
  type FailOn,
  collectList,
  collectOutput,
  collectThreshold,
  type Format,
  parseCount,
  parseFailOn,
  parseFormat,
  parseGrade,
  parseTimeout,
} from './options.ts';
import { openTunnel } from './ssh.ts';
import { resolveTarget, withConnectionFlags } from './target.ts';
import { renderTerminal } from './terminal.ts';
import { exitCodeFor } from './verdict.ts';

/** `pgvitals audit`: the default command. */
export function auditCommand(context: CliContext): Command {
  const command = new Command('audit')
    .description('audit a database: run the checks, print the result, set the exit code')
    .argument('[url]', 'any connection URL, key=value string, or service=name');
  return withOutputFlags(withConnectionFlags(command))
    .option('--save <file>', 'write the facts to a snapshot file, for later and offline audits')
    .option('--snapshot <file>', 'audit a snapshot file instead of a database; connects to nothing')
    .option('--timeout <time>', 'give up reading after this long, for example 30s or 2m', parseTimeout)
    .action(async (url: string | undefined, flags: AuditFlags) => {
      context.finish(await runAudit(url, flags, context));
    });
}

/** Flags that say what to check, what to print and when to fail; shared with `demo`. */
export function withOutputFlags(command: Command, failOn: FailOn = 'high'): Command {
  return command
    .option('--only <ids>', 'only these checks or categories (comma-separated)', collectList, [])
    .option('--skip <ids>', 'all but these checks or categories', collectList, [])
    .option('--set <check.threshold=number>', 'override a threshold; repeatable', collectThreshold, {})
    .option(
      '--fail-on <severity>',
      'exit 1 from this severity: critical, high, medium, low, never',
      parseFailOn,
      failOn,
    )
    .option('--min-grade <letter>', 'exit 1 under this grade', parseGrade)
    .option('--max-findings <n>', 'exit 1 above this number of findings (info not counted)', parseCount)
    .option('--baseline <file>', 'an earlier audit as JSON: tells new from known, fixed and regressed')
    .option('--new-only', 'show, and fail on, new and regressed findings only')
    .option('--require-complete', 'exit 4 if a check was skipped or the run was cut off')
    .option('-f, --format <format>', 'human, json, md, html or csv', parseFormat, 'human')
    .option('-o, --output <format=path>', 'also write a file; repeatable', collectOutput, [])
    .option(
      '--redact',
      'replace roles, hosts, addresses and applications by aliases, leave out statement texts',
    )
    .option('--quiet', 'no progress and no notes on stderr')
    .option('--verbose', 'show every finding with its SQL')
    .option('--no-color', 'no colours (also NO_COLOR)');
}

async function runAudit(url: string | undefined, flags: AuditFlags, context: CliContext): Promise<number> {
  const checks = selectChecks(flags);
  const baseline = flags.baseline === undefined ? null : await readBaseline(flags.baseline);
  const { audit, snapshot } = flags.snapshot
    ? await auditFile(flags.snapshot, flags, checks, baseline, context)
    : await auditDatabase(await locate(url, flags, context), flags, checks, baseline, context);
  if (flags.save && snapshot) await writeWhole(flags.save, writeSnapshot(snapshot));
  await printAudit(audit, flags, context);
  return exitCodeFor(audit, flags, context.signal.aborted);
}

async function locate(
  url: string | undefined,
  flags: AuditFlags,
  context: CliContext,
): Promise<ConnectionTarget> {
  const target = await resolveTarget(url, flags, process.env);
  if (!flags.quiet) for (const note of target.notes) context.output.note(`${note}\n`);
  return openTunnel(target, context);
}

/** Connects, reads and judges; the one way from a target to an audit, for `demo` too. Closes the target's tunnel. */
export async function auditDatabase(
  target: ConnectionTarget,
  flags: AuditFlags,
  checks: readonly Check[],
  previous: Audit | null,
  context: CliContext,
): Promise<{ audit: Audit; snapshot: Snapshot }> {
  const deadline =
    flags.timeout === undefined
      ? context.signal
      : AbortSignal.any([context.signal, AbortSignal.timeout(flags.timeout)]);
  const session = await openReadSession(target, {
    signal: deadline,
    applicationName: 'pgvitals/collector',
  }).catch(async (error: unknown) => {
    await target.route?.close();
    throw error;
  });
  try {
    const events = auditSession(session, {
      signal: deadline,
      toolVersion: VERSION,
      checks,
      thresholds: flags.set,
      previous,
      ownPasswordIsDefault: target.password !== null && isDefaultPassword(target.password.reveal()),
      onCheckError: (check, error) =>
        context.output.note(`${check}: see ${context.output.logUnexpected(error)}\n`),
    });
    return await drain(events, flags, context);
  } finally {
    await session.close();
    await target.route?.close();
  }
}

async function auditFile(
  path: string,
  flags: AuditFlags,
  checks: readonly Check[],
  previous: Audit | null,
  context: CliContext,
): Promise<{ audit: Audit; snapshot: Snapshot }> {
  const snapshot = readSnapshot(await readText(path), path);
  const events = auditSnapshot(snapshot, {
    signal: context.signal,
    toolVersion: VERSION,
    checks,
    thresholds: flags.set,
    previous,
  });
  return { audit: await drain(events, flags, context), snapshot };
}

/** Follows a run to its end, showing where it is. */
async function drain<T>(
  events: AsyncGenerator<AuditEvent, T>,
  flags: { readonly quiet?: boolean },
  context: CliContext,
): Promise<T> {
  for (;;) {
    const step = await events.next();
    if (step.done) {
      context.output.clearProgress();
      return step.value;
    }
    if (step.value.type === 'progress' && !flags.quiet) {
      context.output.progress(`${step.value.done}/${step.value.total} ${step.value.label}`);
    }
  }
}

/** Prints to stdout in the chosen format and writes the `-o` files. */
export async function printAudit(audit: Audit, flags: AuditFlags, context: CliContext): Promise<void> {
  const redact = flags.redact ?? false;
  for (const file of flags.output)
    await writeWhole(file.path, renderReport(audit, file.format, { redact }).text);
  context.output.data(textOf(audit, flags.format, flags, context, redact));
}

function textOf(
  audit: Audit,
  format: Format,
  flags: AuditFlags,
  context: CliContext,
  redact: boolean,
): string {
  if (format !== 'human') return renderReport(audit, format, { redact }).text;
  return renderTerminal(
    redact ? (JSON.parse(renderReport(audit, 'json', { redact }).text) as Audit) : audit,
    {
      color: flags.color && context.output.supportsColor,
      verbose: flags.verbose ?? false,
      newOnly: flags.newOnly ?? false,
    },
  );
}

/** Throws BAD_INPUT for a name that is neither a check nor a category: a typo must not pass for "all is well". */
export function selectChecks(flags: Pick<AuditFlags, 'only' | 'skip' | 'set'>): readonly Check[] {
  const known = new Set(CHECKS.flatMap((c) => [c.id, c.category]));
  for (const name of [...flags.only, ...flags.skip, ...Object.keys(flags.set)]) {
    if (!known.has(name))
      throw new EngineError(
        'BAD_INPUT',
        `There is no check or category called ${name}.`,
        'pgvitals checks lists them.',
      );
  }
  for (const [id, values] of Object.entries(flags.set)) {
    const check = CHECKS.find((c) => c.id === id);
    for (const name of Object.keys(values)) {
      if (check?.thresholds[name] === undefined) {
        throw new EngineError(
          'BAD_INPUT',
          `${id} has no threshold called ${name}.`,
          `pgvitals explain ${id} lists them.`,
        );
      }
    }
  }
  const matches = (check: Check, names: readonly string[]): boolean =>
    names.includes(check.id) || names.includes(check.category);
  return CHECKS.filter((c) => (flags.only.length === 0 || matches(c, flags.only)) && !matches(c, flags.skip));
}

export async function readBaseline(path: string): Promise<Audit> {
  const text = await readText(path);
  const audit = parseAudit(parseJson(text));
  if (!audit)
    throw new EngineError(
      'BAD_INPUT',
      `${path} is not an audit of PgVitals.`,
      'Make one with: pgvitals audit -f json',
    );
  return audit;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new EngineError(
      'FILE_NOT_READABLE',
      `${path} cannot be read (${codeOf(error)}).`,
      'Check the path and its permissions.',
      { cause: error },
    );
  }
}

/** Written beside and renamed, so that an interrupted run never leaves half a file under the name. */
async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.partial-${process.pid}`;
  try {
    await writeFile(partial, text, { mode: 0o600, flag: 'wx' });
    await rename(partial, path);
  } catch (error) {
    throw new EngineError(
      'FILE_NOT_WRITABLE',
      `${path} cannot be written (${codeOf(error)}).`,
      'Check the folder and its permissions.',
      { cause: error },
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
