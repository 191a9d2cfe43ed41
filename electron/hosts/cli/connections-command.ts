import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { formatCountOf } from '#shared/model/format.ts';
import type { ProfileRow } from '#shared/model/profile.ts';
import { ENVIRONMENT_WORDS } from '#shared/model/profile.ts';
import { EngineError } from '#engine/errors.ts';
import { visible } from '#engine/reports/visible.ts';
import type { CliContext } from '../cli.ts';
import { cliProfiles } from './target.ts';

/** `pgvitals connections`: those saved in the app, listed, handed on, and given a command for their password. */
export function connectionsCommand({ output }: CliContext): Command {
  const command = new Command('connections').description('connections saved in the app, for --connection');
  command
    .command('list', { isDefault: true })
    .description('names, environments and addresses')
    .option('--json', 'as JSON')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const { profiles, problem } = await cliProfiles().list();
      if (problem !== null) output.note(`${problem}\n`);
      if (json) output.data(`${JSON.stringify(profiles, null, 2)}\n`);
      else if (profiles.length === 0)
        output.note('None are saved yet: the app saves them on its Connect page.\n');
      else for (const profile of profiles) output.data(`${lineOf(profile)}\n`);
    });
  command
    .command('export')
    .description('all of them as JSON, without passwords and commands')
    .action(async () => output.data((await cliProfiles().export()).text));
  command
    .command('import')
    .description('add those of an exported file')
    .argument('<file>', 'made by export')
    .action(async (file: string) => {
      const { added, notes } = await cliProfiles().import(await textOf(file));
      output.note(`${formatCountOf(added, 'connection')} added.\n`);
      for (const note of notes) output.note(`${note}\n`);
    });
  command
    .command('set-command')
    .description('the shell command that prints the password of one; without a command, none')
    .argument('<name>', 'name of the connection')
    .argument('[command]', 'for example: aws rds generate-db-auth-token …')
    .action(async (name: string, text: string | undefined) => {
      const profiles = cliProfiles();
      const { id, environment, group, notes } = await profiles.named(name);
      await profiles.save({
        id,
        name,
        environment,
        group,
        notes,
        connection: null,
        passwordCommand: text ?? null,
        keepPassword: false,
      });
      output.note(text === undefined ? 'Removed.\n' : 'It is run at each login.\n');
    });
  return command;
}

function lineOf({ name, environment, group, address }: ProfileRow): string {
  const place = group === null ? '' : `  (${visible(group)})`;
  return `${ENVIRONMENT_WORDS[environment].padEnd(11)}  ${visible(name)}${place}  ${visible(address)}`;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new EngineError('FILE_NOT_READABLE', `The file cannot be read: ${file}`, 'Check its path.', {
      cause,
    });
  }
}
