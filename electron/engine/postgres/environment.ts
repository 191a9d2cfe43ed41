import { type ConnectionParameters, type ConnectionTarget, badUrl, buildTarget } from './target.ts';
import { type ConnectionFields, currentOsUser, parseConnectionFields, parseConnectionText } from './url.ts';
import { takeFirstHost } from './url-parameters.ts';
import { throwIfAborted } from '../errors.ts';
import { findPassword } from './passfile.ts';
import { findService } from './service-file.ts';
import { homedir } from 'node:os';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * libpq's PG* variables as a layer for `buildTarget`. Nothing else in the engine reads the environment.
 * https://www.postgresql.org/docs/current/libpq-envars.html
 */
export function fromEnvironment(env: Environment): ConnectionParameters {
  const values = new Map<string, string>();
  const notes: string[] = [];
  for (const [variable, keyword] of VARIABLES) {
    const value = env[variable];
    if (value !== undefined && value !== '') values.set(keyword, value);
  }
  if (env['PGREQUIRESSL'] === '1' && !values.has('sslmode')) values.set('sslmode', 'require');
  takeFirstHost(values, 1, notes);
  return { values, notes };
}

/**
 * The target of a command line call, in the order of ux.md §4: what was given → PGVITALS_URL or DATABASE_URL → the
 * service file → PG* → defaults; the password: URL → PGPASSWORD → password file. Throws BAD_URL; FILE_NOT_READABLE for
 * a service file that is asked for and not there; CANCELLED.
 */
export async function locateTarget(
  given: string | ConnectionFields | null,
  options: CompleteOptions,
): Promise<ConnectionTarget> {
  const { env } = options;
  const written = given ?? (env['PGVITALS_URL'] || env['DATABASE_URL'] || null);
  if (written === null) return completeTarget([], options);
  return completeTarget(
    [typeof written === 'string' ? parseConnectionText(written) : parseConnectionFields(written)],
    options,
  );
}

interface CompleteOptions {
  readonly env: Environment;
  readonly homeDirectory?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Completes what was given, the first layer first, by the service it names, PG*, defaults and the password file. */
export async function completeTarget(
  given: readonly ConnectionParameters[],
  options: CompleteOptions,
): Promise<ConnectionTarget> {
  const target = await completeAddress(given, options);
  return target.password === null ? withPassFile(target, options) : target;
}

/** The same without a look into the password file: where it leads, and as whom. */
export async function completeAddress(
  given: readonly ConnectionParameters[],
  { env, homeDirectory = homedir(), signal }: CompleteOptions,
): Promise<ConnectionTarget> {
  const layers = [...given];
  const service =
    layers.map(({ values }) => values.get('service')).find((name) => name) || env['PGSERVICE'] || null;
  if (service !== null) {
    const found = await findService(service, { env, homeDirectory, signal });
    if (found === null) {
      throw badUrl(
        `The service file has no service named ${JSON.stringify(service)}.`,
        'Add it to ~/.pg_service.conf, or give a URL.',
      );
    }
    layers.push(found);
  }
  layers.push(fromEnvironment(env));
  throwIfAborted(signal);
  return buildTarget(layers, currentOsUser());
}

/** Adds the password of the password file, if the target has none and the file has one for it. */
export async function withPassFile(
  target: ConnectionTarget,
  options: CompleteOptions,
): Promise<ConnectionTarget> {
  if (target.password !== null) return target;
  const { password, note } = await findPassword(target, { homeDirectory: homedir(), ...options });
  const notes = note === null ? target.notes : [...target.notes, note];
  return Object.freeze({ ...target, password, notes });
}

const VARIABLES: ReadonlyArray<readonly [variable: string, keyword: string]> = [
  ['PGHOST', 'host'],
  ['PGHOSTADDR', 'hostaddr'],
  ['PGPORT', 'port'],
  ['PGDATABASE', 'dbname'],
  ['PGUSER', 'user'],
  ['PGPASSWORD', 'password'],
  ['PGPASSFILE', 'passfile'],
  ['PGOPTIONS', 'options'],
  ['PGAPPNAME', 'application_name'],
  ['PGSSLMODE', 'sslmode'],
  ['PGSSLROOTCERT', 'sslrootcert'],
  ['PGSSLCERT', 'sslcert'],
  ['PGSSLKEY', 'sslkey'],
  ['PGSSLCRL', 'sslcrl'],
  ['PGSSLNEGOTIATION', 'sslnegotiation'],
  ['PGSSLMINPROTOCOLVERSION', 'ssl_min_protocol_version'],
  ['PGCHANNELBINDING', 'channel_binding'],
  ['PGREQUIREAUTH', 'require_auth'],
  ['PGCONNECT_TIMEOUT', 'connect_timeout'],
];
