import { Command } from 'commander';
import type { MonitoringChoiceId } from '#shared/model/privileges.ts';
import { EngineError } from '#engine/errors.ts';
import { DEFAULT_NAME } from '#engine/insight/privileges/monitoring-role.ts';
import { visible } from '#engine/reports/visible.ts';
import type { CliContext } from '../cli.ts';
import { EXIT } from './exit-codes.ts';
import type { ConnectionFlags } from './options.ts';
import { withConnectionFlags } from './target.ts';
import { withConnection } from './with-connection.ts';

interface MonitoringFlags extends ConnectionFlags {
  readonly name: string;
  readonly signal?: boolean;
  readonly data?: boolean;
  readonly serverFiles?: boolean;
  readonly allDatabases?: boolean;
  readonly undo?: boolean;
  readonly quiet?: boolean;
}

/** `pgvitals monitoring-role`: a script for psql on stdout, what to do with it on stderr; runs nothing. */
export function monitoringRoleCommand(context: CliContext): Command {
  const { output, signal, finish } = context;
  const command = new Command('monitoring-role')
    .description('print a psql script that makes a role which may look and nothing else')
    .argument('[url]', 'any connection URL, key=value string, or service=name');
  return withConnectionFlags(command)
    .option('--name <role>', 'name of the new role', DEFAULT_NAME)
    .option('--signal', 'it may cancel and terminate sessions of other roles')
    .option('--data', 'it may read all tables, for backups too')
    .option('--server-files', 'it may read pg_hba.conf and the configuration files')
    .option('--all-databases', 'for every database of the server, not this one alone')
    .option('--undo', 'print the script that takes it back')
    .option('--quiet', 'no notes on stderr')
    .action(async (url: string | undefined, flags: MonitoringFlags) =>
      withConnection(url, flags, context, async (engine, connectionId) => {
        const { privileges } = engine.insight;
        const { name } = flags;
        const made = await privileges.script({ connectionId, name, choices: choicesOf(flags) }, { signal });
        const text = flags.undo ? made.undo : made.script;
        if (text === null) throw new EngineError('BAD_INPUT', made.steps[0] ?? 'There is no script.', null);
        output.data(text);
        finish(EXIT.ok);
        if (flags.quiet || flags.undo) return;
        for (const step of made.steps) output.note(`- ${visible(step)}\n`);
        if (made.hbaLine !== null) output.note(`  ${visible(made.hbaLine)}\n`);
        for (const warning of made.warnings) output.note(`! ${visible(warning)}\n`);
      }),
    );
}

function choicesOf(flags: MonitoringFlags): MonitoringChoiceId[] {
  return [
    ...(flags.signal ? (['signal'] as const) : []),
    ...(flags.data ? (['data'] as const) : []),
    ...(flags.serverFiles ? (['files'] as const) : []),
    ...(flags.allDatabases ? (['everywhere'] as const) : []),
  ];
}
