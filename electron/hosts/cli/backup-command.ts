import { Command, InvalidArgumentError } from 'commander';
import { BACKUP_SHAPES } from '#shared/model/backup.ts';
import { RECOVERY_FORMATS } from '#shared/contract/backups.ts';
import type { CliContext } from '../cli.ts';
import {
  type Action,
  create,
  FORMATS,
  list,
  type PlaceFlags,
  PLACES,
  plan,
  prune,
  restore,
  verify,
} from './backup-actions.ts';
import { assertClientFits, clientFolderOf } from './client-dir.ts';
import { oneOf } from './options.ts';
import { withConnectionFlags } from './target.ts';
import { withConnection } from './with-connection.ts';

/** `pgvitals backup`: what the page Backups does, with the same confirmations. */
export function backupCommand(context: CliContext): Command {
  const command = new Command('backup').description(
    'back up a database, prove the backup by restoring it, restore it, and let old ones go',
  );
  const add = <Flags extends PlaceFlags>(name: string, description: string, action: Action<Flags>): Command =>
    withConnectionFlags(
      command
        .command(name)
        .description(description)
        .argument('[url]', 'any connection URL, key=value string, or service=name'),
    )
      .option('--location <folder>', 'where the backups are; the app lists it from then on too')
      .option(
        '--client-dir <folder>',
        'where pg_dump and pg_restore are, instead of where PgVitals finds them',
      )
      .option('--quiet', 'no progress and no notes on stderr')
      .action(async (url: string | undefined, flags: Flags) => {
        const work = action(flags, context);
        const clientDir = await clientFolderOf(flags.clientDir, context);
        context.finish(
          await withConnection(url, { ...flags, clientDir }, context, async (engine, connectionId) => {
            if (clientDir !== undefined) await assertClientFits(engine, connectionId, context);
            return work(engine, connectionId);
          }),
        );
      });

  withFormat(add('create', 'dump the database, hash and decode the dump, and file it', create))
    .option(
      '--shape <shape>',
      `one of ${BACKUP_SHAPES.join(', ')}`,
      (text) => oneOf(text, BACKUP_SHAPES),
      'default',
    )
    .option('--schema <name>', 'only this schema; may be given again', collect, [])
    .option(
      '--table <name>',
      'only this table: name, schema.name, or quoted as in SQL; may be given again',
      collect,
      [],
    )
    .option('--compare-source', 'count and hash every row at the snapshot too: reads every table once more')
    .option('--note <text>', 'kept with the backup', '');
  withFormat(add('list', 'the backups that are known, and what they are worth', list));
  withFormat(withBackup(add('verify', 'check the files, or restore them to prove it', verify)))
    .option(
      '--depth <depth>',
      'intact: files and every row; restore: a test restore too',
      (text) => oneOf(text, ['intact', 'restore'] as const),
      'restore',
    )
    .option(
      '--on <place>',
      `where the test restore runs: one of ${PLACES.join(', ')}, or another server by URL, key=value string or service=name`,
      (text) => (/:\/\/|=/.test(text) ? text : oneOf(text, PLACES)),
      'own-server',
    )
    .option('--yes', 'needed on a server of yours: a database is made there and dropped again');
  withChange(
    withFormat(withBackup(add('restore', 'show what a restore would do; with --yes, do it', restore))),
  )
    .option('--into <name>', 'into a new database of this name')
    .option('--replace', 'in the place of the connected database, which is kept under another name')
    .option('--table <name>', 'only this table, with --into; may be given again', collect, [])
    .option('--swap-back <id>', 'take a --replace back: the database that was kept gets its name again')
    .option('--drop-old <id>', 'drop the database that a --replace kept');
  withChange(withFormat(add('prune', 'show which backups may go by rule; with --yes, let them go', prune)));
  add('plan', 'the disaster-recovery plan, with the values of this server', plan).option(
    '-f, --format <format>',
    `one of ${RECOVERY_FORMATS.join(', ')}`,
    (text) => oneOf(text, RECOVERY_FORMATS),
    'md',
  );
  return command;
}

function withFormat(command: Command): Command {
  return command.option(
    '-f, --format <format>',
    `one of ${FORMATS.join(', ')}`,
    (text) => oneOf(text, FORMATS),
    'human',
  );
}

function withBackup(command: Command): Command {
  return command.option(
    '--backup <id>',
    'which one, by its id or the beginning of it; default: the newest intact one of the whole database',
    (text) => {
      if (!/^[0-9a-f]{4,32}$/.test(text))
        throw new InvalidArgumentError('It has to be an id that pgvitals backup list shows.');
      return text;
    },
  );
}

function withChange(command: Command): Command {
  return command
    .option('--yes', 'confirm the plan; without it nothing is changed')
    .option('--confirm <phrase>', 'what the plan asks to be typed')
    .option(
      '--accept <ids>',
      'what only you can know, by the ids that the plan lists; may be given again',
      collect,
      [],
    );
}

/** Names may hold commas: one at a time. */
function collect(text: string, before: readonly string[]): string[] {
  return [...before, text];
}
