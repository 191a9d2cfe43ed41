import type { Command } from 'commander';
import { EngineError } from '#engine/errors.ts';
import { createProfiles, type Profiles } from '#engine/profiles/profiles.ts';
import { completeTarget, locateTarget } from '#engine/postgres/environment.ts';
import { quoteKeywordValue } from '#engine/postgres/keyword-string.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import { addressOfEnvFile } from '#engine/sources/env-files.ts';
import { dataDir } from '../data-dir.ts';
import type { ConnectionFlags } from './options.ts';
import { hopOf, withSshFlags } from './ssh.ts';

/** psql's own flags. There is none for a password: argv is readable by every user of the machine. */
export function withConnectionFlags(command: Command): Command {
  return (
    withSshFlags(command)
      .option('-d, --dbname <name>', 'database, or a connection URL')
      .option('-h, --host <host>', 'server host or socket directory')
      .option('-p, --port <port>', 'server port')
      .option('-U, --username <role>', 'role')
      .option('--service <name>', 'entry of pg_service.conf')
      .option('-c, --connection <name>', 'connection saved in the app')
      // Not --env-file: Node looks for that among our arguments too, and would run what NODE_OPTIONS in the file says.
      .option('--dotenv <file>', '.env file of a project: its DATABASE_URL, or its PG* variables')
  );
}

/** Saved connection, or .env file, or URL or flags → PGVITALS_URL or DATABASE_URL → service file → PG* variables → defaults; password also from the passfile. */
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
  const isAddress = text !== undefined || given.length > 0;
  if (flags.dotenv !== undefined) {
    if (isAddress || flags.connection !== undefined)
      throw new EngineError(
        'BAD_INPUT',
        `A .env file and ${isAddress ? 'an address' : 'a saved connection'} were both given.`,
        `Use either --dotenv or ${isAddress ? 'the address' : '--connection'}.`,
      );
    const { parameters, variables } = await addressOfEnvFile(flags.dotenv);
    const target = await completeTarget([parameters], { env: { ...env, ...variables } });
    return Object.freeze({ ...target, ssh: hopOf(flags, env) });
  }
  if (flags.connection !== undefined) {
    if (isAddress)
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
