import type { Command } from 'commander';
import { EngineError } from '#engine/errors.ts';
import { createProfiles, type Profiles } from '#engine/profiles/profiles.ts';
import { locateTarget } from '#engine/postgres/environment.ts';
import { quoteKeywordValue } from '#engine/postgres/keyword-string.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import { dataDir } from '../data-dir.ts';
import type { ConnectionFlags } from './options.ts';
import { hopOf, withSshFlags } from './ssh.ts';

/** psql's own flags. There is none for a password: argv is readable by every user of the machine. */
export function withConnectionFlags(command: Command): Command {
  return withSshFlags(command)
    .option('-d, --dbname <name>', 'database, or a connection URL')
    .option('-h, --host <host>', 'server host or socket directory')
    .option('-p, --port <port>', 'server port')
    .option('-U, --username <role>', 'role')
    .option('--service <name>', 'entry of pg_service.conf')
    .option('-c, --connection <name>', 'connection saved in the app');
}

/** Saved connection, or URL or flags → PGVITALS_URL or DATABASE_URL → service file → PG* variables → defaults; password also from the passfile. */
export async function resolveTarget(
  url: string | undefined,
  flags: ConnectionFlags,
  env: NodeJS.ProcessEnv,
): Promise<ConnectionTarget> {
  const isText = (text: string | undefined): text is string =>
    text !== undefined && (text.includes('=') || text.includes('://'));
  const text = url ?? (isText(flags.dbname) ? flags.dbname : undefined);
  const named = {
    host: flags.host,
    port: flags.port,
    user: flags.username,
    service: flags.service,
    dbname: text === flags.dbname ? undefined : flags.dbname,
  };
  const given = Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (flags.connection !== undefined) {
    if (text !== undefined || given.length > 0)
      throw new EngineError(
        'BAD_INPUT',
        'A saved connection and an address were both given.',
        'Use either --connection or the address.',
      );
    const profiles = cliProfiles();
    const { id } = await profiles.named(flags.connection);
    return (await profiles.resolve(id, { password: env['PGPASSWORD'] })).target;
  }
  if (text !== undefined && given.length > 0) {
    throw new EngineError(
      'BAD_INPUT',
      'A connection URL and connection flags were both given.',
      'Use either the URL or the flags.',
    );
  }
  const keywords = given.map(([keyword, value]) => `${keyword}=${quoteKeywordValue(value)}`).join(' ');
  const target = await locateTarget(text ?? (keywords === '' ? null : keywords), { env });
  return Object.freeze({ ...target, ssh: hopOf(flags, env) });
}

/** The connections saved by this user's programs. Whoever types a command here has confirmed it. */
export function cliProfiles(): Profiles {
  return createProfiles({
    host: { dataDir: dataDir(), secrets: null, confirmCommand: async () => true, log: () => undefined },
    lastAudit: () => null,
    connectionOf: () => null,
  });
}
