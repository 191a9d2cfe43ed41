import { userInfo } from 'node:os';
import { type ConnectionParameters, type ConnectionTarget, badUrl, buildTarget } from './target.ts';
import { collectQuery, decodePercent, takeFirstHost } from './url-parameters.ts';
import { parseKeywordString, quoteKeywordValue } from './keyword-string.ts';

/** The fields of the connection form; empty text means "not given", except for the password. */
export interface ConnectionFields {
  readonly host: string;
  readonly port: number | string;
  readonly database: string;
  readonly user: string;
  readonly password?: string | undefined;
  readonly sslMode?: string | undefined;
  readonly sslRootCert?: string | undefined;
}

/**
 * Understands whatever a user may paste: postgresql:// with any driver suffix, postgis://, jdbc:, Prisma's and
 * SQLAlchemy's extras, libpq keyword strings, `psql …`, `DATABASE_URL=…`. Throws BAD_URL with one sentence that never
 * holds the password. Reads no environment and no file. Syntax: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
 */
export function parseConnectionInput(
  input: string | ConnectionFields,
  defaults: { readonly osUser?: string; readonly layers?: readonly ConnectionParameters[] } = {},
): ConnectionTarget {
  const parameters = typeof input === 'string' ? parseConnectionText(input) : parseConnectionFields(input);
  return buildTarget([parameters, ...(defaults.layers ?? [])], defaults.osUser ?? currentOsUser());
}

/** The same as libpq keywords, without defaults: one layer for `buildTarget`. `keep` as in `parseKeywordString`. */
export function parseConnectionText(pasted: string, keep: readonly string[] = []): ConnectionParameters {
  const text = unwrap(pasted);
  if (text === '') throw badUrl('The connection URL is empty.');
  if (text.length > 8192) throw badUrl('The connection URL is longer than 8192 characters.');
  if (text.includes('\0')) throw badUrl('The connection URL contains a zero byte.');
  if (/^jdbc:/i.test(text)) return parseJdbc(text.slice(5));
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
  if (scheme !== undefined) return parseUrl(scheme.toLowerCase(), text.slice(scheme.length + 3), false);
  if (/^-[hpUd]\s?\S/.test(text)) return parseKeywordString(psqlFlags(text));
  if (/^\s*[a-z_]+\s*=/i.test(text)) return parseKeywordString(text, keep);
  if (/^[^\s/@]+@[^\s@]+$/.test(text) || /^[\w.-]+:\d{1,5}\/[^\s/]+$/.test(text)) {
    const { values, notes } = parseUrl('postgresql', text, false);
    return { values, notes: ['postgresql:// was put in front.', ...notes] };
  }
  throw badUrl('This is not a connection URL.');
}

export function currentOsUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry in the password file, as in many containers.
    return 'postgres';
  }
}

const SCHEMES = new Set([
  'postgresql',
  'postgres',
  'postgis',
  'pgsql',
  'pg',
  'timescaledb',
  'timescale',
  'timescalegis',
]);
const OTHER_SCHEMES: ReadonlyMap<string, string> = new Map([
  ['mysql', 'a MySQL URL'],
  ['mariadb', 'a MariaDB URL'],
  ['mongodb', 'a MongoDB URL'],
  ['redis', 'a Redis URL'],
  ['sqlite', 'an SQLite URL'],
  ['mssql', 'an SQL Server URL'],
  ['sqlserver', 'an SQL Server URL'],
  ['oracle', 'an Oracle URL'],
  ['http', 'a web address'],
  ['https', 'a web address'],
  ['prisma', "a URL of Prisma's own proxy"],
]);

export function parseConnectionFields(fields: ConnectionFields): ConnectionParameters {
  const values = new Map<string, string>();
  const put = (keyword: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') values.set(keyword, value);
  };
  put('host', fields.host.trim());
  put('port', String(fields.port));
  put('dbname', fields.database);
  put('user', fields.user);
  put('password', fields.password);
  put('sslmode', fields.sslMode);
  put('sslrootcert', fields.sslRootCert);
  return { values, notes: [] };
}

/** Takes off what surrounds a URL in a shell, a .env file or a provider's page. */
function unwrap(pasted: string): string {
  let text = pasted.trim();
  // In capitals only: `password='a://b' host=h` is a keyword string.
  text = text.replace(
    /^(?:export\s+|set\s+|\$env:)?[A-Z_][A-Z0-9_]*\s*=\s*(?=["'`]?(?:jdbc:)?[a-z][a-z0-9+]*:)/,
    '',
  );
  text = text.replace(/^psql\s+/, '').trim();
  const quoted = /^(["'`])([\s\S]*)\1;?$/.exec(text)?.[2];
  return (quoted ?? text).trim();
}

function parseUrl(scheme: string, rest: string, isJdbc: boolean): ConnectionParameters {
  const [family = '', driver] = scheme.split('+', 2);
  if (!SCHEMES.has(family)) {
    const other = OTHER_SCHEMES.get(family);
    throw badUrl(
      other === undefined ? 'This is not a PostgreSQL URL.' : `This is ${other}, not a PostgreSQL one.`,
    );
  }
  const notes: string[] = driver === undefined ? [] : [`The driver suffix +${driver} is not needed here.`];
  const { userinfo, hosts, path, query, wasRaw } = splitUrl(rest);
  if (wasRaw)
    notes.push(
      'The password holds signs that belong percent-encoded in a URL; it was read up to the "@" before the host.',
    );
  const values = new Map<string, string>();
  if (userinfo !== null) {
    const colon = userinfo.indexOf(':');
    const user = decodePercent(colon < 0 ? userinfo : userinfo.slice(0, colon));
    if (user !== '') values.set('user', user);
    if (colon >= 0) values.set('password', decodePercent(userinfo.slice(colon + 1)));
  }
  const list = hosts.split(',').map(splitHost);
  const first = list[0];
  if (first !== undefined && first.host !== '') values.set('host', first.host);
  if (first !== undefined && first.port !== '') values.set('port', first.port);
  if (path !== '') values.set('dbname', decodePercent(path));
  collectQuery(query, isJdbc, values, notes);
  takeFirstHost(values, list.length, notes);
  return { values, notes };
}

/** jdbc:postgresql://host:port/db?…, jdbc:postgresql:db, jdbc:postgresql:/ (https://jdbc.postgresql.org/documentation/use/). */
function parseJdbc(text: string): ConnectionParameters {
  const match = /^postgresql:(\/\/)?([\s\S]*)$/i.exec(text);
  if (match === null) throw badUrl('This is a JDBC URL, but not a PostgreSQL one.');
  const rest = match[2] ?? '';
  return parseUrl('postgresql', match[1] === undefined ? `/${rest.replace(/^\//, '')}` : rest, true);
}

interface UrlParts {
  readonly userinfo: string | null;
  readonly hosts: string;
  readonly path: string;
  readonly query: string;
  readonly wasRaw: boolean;
}

function splitUrl(rest: string): UrlParts {
  const end = endOfAuthority(rest, 0);
  const authority = rest.slice(0, end);
  let at = authority.lastIndexOf('@');
  let wasRaw = false;
  if (at < 0 && !isHostList(authority)) {
    // A "/" or "?" in a password that nobody encoded: the "@" that a list of hosts follows ends the user part.
    at =
      [...rest.matchAll(/@/g)]
        .map((match) => match.index)
        .find((index) => isHostList(rest.slice(index + 1, endOfAuthority(rest, index + 1)))) ?? -1;
    wasRaw = at >= 0;
  }
  const hostsEnd = endOfAuthority(rest, at + 1);
  const question = rest.indexOf('?', hostsEnd);
  const pathEnd = question < 0 ? rest.length : question;
  return {
    userinfo: at < 0 ? null : rest.slice(0, at),
    hosts: rest.slice(at + 1, hostsEnd),
    // No fragment: libpq reads "#" as part of the name.
    path: rest.slice(hostsEnd, pathEnd).replace(/^\//, ''),
    query: question < 0 ? '' : rest.slice(question + 1),
    wasRaw,
  };
}

function endOfAuthority(text: string, from: number): number {
  const index = text.slice(from).search(/[/?]/);
  return index < 0 ? text.length : from + index;
}

function isHostList(text: string): boolean {
  return text.split(',').every((host) => /^(\[[0-9a-f:.%\w]+\]|[^\s:@[\]]*)(:\d{1,5})?$/i.test(host));
}

function splitHost(text: string): { host: string; port: string } {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(text);
  if (match === null) {
    throw badUrl(
      'The host of the connection URL cannot be understood.',
      'Write an IPv6 address in brackets: [::1]:5432.',
    );
  }
  return { host: decodePercent(match[1] ?? match[2] ?? ''), port: match[3] ?? '' };
}

/** `psql -h host -p 5432 -U user -d db`, as Supabase and Heroku print it. */
function psqlFlags(text: string): string {
  const keywords: Readonly<Record<string, string>> = { h: 'host', p: 'port', U: 'user', d: 'dbname' };
  return [...text.matchAll(/-([hpUd])\s?("[^"]*"|'[^']*'|\S+)/g)]
    .map(
      ([, flag = '', value = '']) =>
        `${keywords[flag]}=${quoteKeywordValue(value.replace(/^(["'])(.*)\1$/, '$2'))}`,
    )
    .join(' ');
}
