import { Command } from 'commander';
import { startDemo } from '#engine/demo/start.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import type { CliContext } from '../cli.ts';
import { auditDatabase, printAudit, readBaseline, selectChecks, withOutputFlags } from './audit-command.ts';
import { EXIT } from './exit-codes.ts';
import { openApp } from './open-app.ts';
import type { AuditFlags } from './options.ts';
import { untilAborted } from './until-aborted.ts';
import { exitCodeFor } from './verdict.ts';

interface DemoFlags extends AuditFlags {
  readonly exit?: boolean;
  /** False with --no-open. */
  readonly open: boolean;
}

/** `pgvitals demo`: the sample database on an embedded server, its audit, then the app on it. */
export function demoCommand(context: CliContext): Command {
  const command = new Command('demo').description(
    'start the sample database, audit it, and open the app on it',
  );
  // Its problems are there on purpose: finding them is no failure, unless someone asks for a verdict.
  return withOutputFlags(command, 'never')
    .option('--exit', 'stop after the audit and leave nothing behind')
    .option('--no-open', 'do not open the app; keep the database up and print its URL')
    .action(async (flags: DemoFlags) => {
      context.finish(await runDemo(flags, context));
    });
}

async function runDemo(flags: DemoFlags, context: CliContext): Promise<number> {
  const { output, signal } = context;
  const checks = selectChecks(flags);
  const baseline = flags.baseline === undefined ? null : await readBaseline(flags.baseline);
  if (!flags.quiet) output.note('Starting the demo database …\n');
  const demo = await startDemo({
    signal,
    onProgress: (step, done, total) =>
      flags.quiet ? undefined : output.progress(`${done}/${total} ${step}`),
  });
  try {
    const { audit } = await auditDatabase(parseConnectionInput(demo.url), flags, checks, baseline, context);
    await printAudit(audit, flags, context);
    if (flags.exit) return exitCodeFor(audit, flags, signal.aborted);
    if (signal.aborted) return EXIT.interrupted;
    if (flags.open)
      await openApp({ databaseUrl: demo.url, connectionName: 'AnalyticBot demo', isDemo: true }, context);
    else {
      output.data(`\nThe demo database is at ${demo.url}\n`);
      output.note('Press Ctrl-C to stop it and remove its data.\n');
      await untilAborted(signal);
    }
    // Stopping on request is how this command ends; the audit's verdict was printed, not asked for.
    return EXIT.ok;
  } finally {
    await demo.stop();
    if (!flags.quiet) output.note('The demo database and its data are gone.\n');
  }
}
