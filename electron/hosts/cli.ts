import { Command, CommanderError } from 'commander';
import { VERSION } from '#shared/model/version.ts';
import { isAbort, toUserError } from '#engine/errors.ts';
import { auditCommand } from './cli/audit-command.ts';
import { backupCommand } from './cli/backup-command.ts';
import { checksCommand, explainCommand, schemaCommand } from './cli/check-commands.ts';
import { connectionsCommand } from './cli/connections-command.ts';
import { demoCommand } from './cli/demo-command.ts';
import { doctorCommand } from './cli/doctor-command.ts';
import { EXIT } from './cli/exit-codes.ts';
import { fixCommand } from './cli/fix-command.ts';
import { monitoringRoleCommand } from './cli/monitoring-role-command.ts';
import { watchNpm } from './cli/npm-watch.ts';
import { createOutput, type Output } from './cli/output.ts';

/** The command line. Data to stdout, progress and warnings to stderr; resolves with the exit code, never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const output = createOutput();
  const interrupt = (): void => stop.abort();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  const unwatch = watchNpm(process.env, interrupt);
  let code: number = EXIT.ok;
  const program = buildProgram({ output, signal: stop.signal, finish: (exitCode) => (code = exitCode) });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    return failure(error, output, stop.signal);
  } finally {
    unwatch();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

/** What every command gets. */
export interface CliContext {
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly finish: (exitCode: number) => void;
}

function buildProgram(context: CliContext): Command {
  const program = new Command('pgvitals')
    .description('The health of a PostgreSQL database: audited, explained, graded.')
    .version(VERSION, '--version')
    .helpOption('--help', 'show this help')
    .helpCommand(false)
    .configureOutput({ writeOut: context.output.data, writeErr: context.output.note })
    .exitOverride();
  const commands = [
    auditCommand,
    fixCommand,
    backupCommand,
    demoCommand,
    checksCommand,
    explainCommand,
    doctorCommand,
    connectionsCommand,
    monitoringRoleCommand,
    schemaCommand,
  ];
  for (const build of commands) {
    const command = build(context);
    // -h is the host, as in psql.
    for (const one of [command, ...command.commands])
      one
        .helpOption('--help', 'show this help')
        .configureOutput({ writeOut: context.output.data, writeErr: context.output.note })
        .exitOverride();
    program.addCommand(command, { isDefault: command.name() === 'audit' });
  }
  return program;
}

function failure(error: unknown, output: Output, signal: AbortSignal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (signal.aborted && isAbort(error)) {
    output.note('Interrupted.\n');
    return EXIT.interrupted;
  }
  const user = toUserError(error, (unexpected) => output.logUnexpected(unexpected));
  output.note(`pgvitals: ${user.message}${user.nextStep ? ` ${user.nextStep}` : ''}\n`);
  return exitCodeOf(user.code);
}

function exitCodeOf(code: string): number {
  switch (code) {
    case 'BAD_URL':
    case 'BAD_INPUT':
    case 'SNAPSHOT_DAMAGED':
    case 'SNAPSHOT_TOO_NEW':
    case 'FILE_NOT_READABLE':
    case 'FILE_NOT_WRITABLE':
    case 'NOT_FOUND':
      return EXIT.usage;
    case 'READ_ONLY':
    case 'PLAN_GONE':
    case 'PLAN_STALE':
    case 'PLAN_REFUSED':
    case 'JOB_RUNNING':
    case 'TOOL_MISSING':
    case 'TOOL_FAILED':
    case 'BACKUP_DAMAGED':
    case 'LOCATION_UNAVAILABLE':
      return EXIT.fixFailed;
    case 'CANCELLED':
      return EXIT.interrupted;
    default:
      return EXIT.connection;
  }
}
