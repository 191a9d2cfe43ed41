import { EngineError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { describeHop, type Route, type SshHop } from './tunnel/hop.ts';

export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
/** With libpq's meaning: `require` encrypts but trusts any certificate, unless a root certificate is given. */
export type SslMode = (typeof SSL_MODES)[number];

/** Where and as whom to connect: complete, checked, and safe to print (the password is a `Secret`). */
export interface ConnectionTarget {
  /** Host name, address, or the directory of a Unix socket (starts with "/"). Certificates are matched with it. */
  readonly host: string;
  /** libpq's hostaddr: connect to this address, while `host` stays the name that certificates are matched with. */
  readonly hostAddress: string | null;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Null = none given. An empty password is kept as such. */
  readonly password: Secret | null;
  readonly sslMode: SslMode;
  /** A file, or "system" for the certificates that the operating system trusts. */
  readonly sslRootCert: string | null;
  readonly sslCert: string | null;
  readonly sslKey: string | null;
  readonly sslKeyPassword: Secret | null;
  readonly sslCrl: string | null;
  readonly sslMinVersion: TlsVersion | null;
  readonly sslNegotiation: 'postgres' | 'direct';
  /** `require` = refuse to log in unless the login is tied to this very TLS connection. */
  readonly channelBinding: 'disable' | 'prefer' | 'require';
  /** libpq's require_auth: methods that may be used, or null for all safe ones. */
  readonly allowedAuth: ReadonlySet<AuthMethod> | null;
  readonly connectTimeoutMs: number;
  /** Command line options for the server, only if the user wrote some (Neon names its endpoint there). */
  readonly options: string | null;
  /** What the user wrote. Sessions announce themselves as pgvitals/… instead, so that a DBA sees who it is. */
  readonly applicationName: string | null;
  readonly passFile: string | null;
  /** The SSH server that stands in between; `host` and `port` are as it sees them. */
  readonly ssh: SshHop | null;
  /** The living way through it, by `withRoute`; without one, nothing connects. */
  readonly route: Route | null;
  /** One sentence for each thing that was translated or left out. */
  readonly notes: readonly string[];
}

export const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

export const AUTH_METHODS = ['password', 'md5', 'gss', 'sspi', 'scram-sha-256', 'none'] as const;
export type AuthMethod = (typeof AUTH_METHODS)[number];

/** Settings under libpq's own keywords: the common language of URLs, keyword strings, fields, services and PG*. */
export interface ConnectionParameters {
  readonly values: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
}

/** Keywords that hold a secret; they reach no file and no page. */
export const SECRET_KEYWORDS: readonly string[] = ['password', 'sslpassword'];

export function withoutSecrets(values: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...values].filter(([keyword]) => !SECRET_KEYWORDS.includes(keyword)));
}

export const DEFAULT_PORT = 5432;
/** reliability.md §4.1. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

/**
 * Builds a checked target from layers of libpq keywords; the first layer that knows a keyword wins.
 * Missing ones become: host localhost, port 5432, user `osUser`, database = user, sslmode prefer.
 * Throws BAD_URL; the sentence never holds a value that could be a secret.
 */
export function buildTarget(layers: readonly ConnectionParameters[], osUser: string): ConnectionTarget {
  const first = (keyword: string): string | null =>
    layers.map((layer) => layer.values.get(keyword)).find((value) => value !== undefined) ?? null;
  // An address belongs to the host it was written beside: PGHOSTADDR must not redirect a URL that names a host.
  const hostLayer = layers.find((layer) => layer.values.has('host') || layer.values.has('hostaddr'));
  const hostAddress = hostLayer?.values.get('hostaddr') || null;
  const host = hostLayer?.values.get('host') || hostAddress || 'localhost';
  const user = first('user') || osUser;
  const password = first('password');
  const rootCert = first('sslrootcert') || null;
  for (const [name, value] of layers.flatMap((layer) => [...layer.values])) {
    if (value.includes('\0')) throw badUrl(`The ${name} contains a zero byte.`);
  }
  checkHost(host);
  if (password !== null && PLACEHOLDER.test(password)) {
    throw badUrl('The password is still a placeholder.', 'Put the real password in its place.');
  }
  return Object.freeze({
    host,
    hostAddress,
    port: readPort(first('port')),
    database: first('dbname') || user,
    user,
    password: password === null ? null : new Secret(password),
    sslMode: readSslMode(first('sslmode'), rootCert),
    sslRootCert: rootCert,
    sslCert: first('sslcert') || null,
    sslKey: first('sslkey') || null,
    sslKeyPassword: ((text) => (text ? new Secret(text) : null))(first('sslpassword')),
    sslCrl: first('sslcrl') || null,
    sslMinVersion: oneOf(TLS_VERSIONS, first('ssl_min_protocol_version'), 'ssl_min_protocol_version'),
    sslNegotiation:
      oneOf(['postgres', 'direct'] as const, first('sslnegotiation'), 'sslnegotiation') ?? 'postgres',
    channelBinding:
      oneOf(['disable', 'prefer', 'require'] as const, first('channel_binding'), 'channel_binding') ??
      'prefer',
    allowedAuth: readAuthMethods(first('require_auth')),
    connectTimeoutMs: readConnectTimeout(first('connect_timeout')),
    options: first('options') || null,
    applicationName: first('application_name') || null,
    passFile: first('passfile') || null,
    ssh: null,
    route: null,
    notes: [...new Set(layers.flatMap((layer) => layer.notes))],
  });
}

/** The target as a URL without the password; safe for logs, reports and the screen. */
export function describeTarget(target: ConnectionTarget): string {
  const isSocket = isSocketDirectory(target.host);
  const host = isSocket ? '' : target.host.includes(':') ? `[${target.host}]` : target.host;
  const query = new URLSearchParams();
  if (isSocket) query.set('host', target.host);
  if (target.hostAddress !== null) query.set('hostaddr', target.hostAddress);
  if (target.sslMode !== 'prefer') query.set('sslmode', target.sslMode);
  const suffix = query.size === 0 ? '' : `?${query.toString()}`;
  const port = isSocket && target.port === DEFAULT_PORT ? '' : `:${target.port}`;
  return `postgresql://${encodeURIComponent(target.user)}@${host}${port}/${encodeURIComponent(target.database)}${suffix}`;
}

/** "host:port" or the path of the socket, and through which SSH server, for sentences. */
export function describeAddress(target: Place): string {
  const through = target.ssh ? ` through ${describeHop(target.ssh)}` : '';
  return `${describeEnd(target)}${through}`;
}

/** Enough of a target to tell servers apart: "localhost" behind an SSH server is another one. */
export type Place = Pick<ConnectionTarget, 'host' | 'port'> & Partial<Pick<ConnectionTarget, 'ssh'>>;

function describeEnd(target: Pick<ConnectionTarget, 'host' | 'port'>): string {
  if (isSocketDirectory(target.host)) return socketPath(target.host, target.port);
  return target.host.includes(':') ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`;
}

export function isSocketDirectory(host: string): boolean {
  return host.startsWith('/');
}

/** The bytes never leave this machine, or the SSH server that they come out of. */
export function isLocal(target: Pick<ConnectionTarget, 'host' | 'hostAddress'>): boolean {
  const place = target.hostAddress ?? target.host;
  return isSocketDirectory(place) || /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(place);
}

export function socketPath(directory: string, port: number): string {
  return `${directory.replace(/\/+$/, '')}/.s.PGSQL.${port}`;
}

export function badUrl(message: string, nextStep: string = EXAMPLE): EngineError {
  return new EngineError('BAD_URL', message, nextStep);
}

const EXAMPLE = 'Write it like postgresql://user:password@host:5432/database.';
const PLACEHOLDER = /^(\[your[-_ ]?password\]|<(your[-_ ]?)?password>|\*{3,}|\$\{?[A-Z_]+\}?)$/i;

function checkHost(host: string): void {
  if (isSocketDirectory(host)) return;
  // Anything else than a name or an address is a URL that fell apart, often at a sign in the password.
  if (host.length > 255 || /[\s/\\@?#<>"'`{}|^[\]]/.test(host) || /\p{Cc}/u.test(host)) {
    throw badUrl(
      'The host of the connection URL cannot be understood.',
      'Check the part after the "@", and write special signs in the password percent-encoded ("@" as %40, "/" as %2F).',
    );
  }
}

function readPort(text: string | null): number {
  if (text === null || text === '') return DEFAULT_PORT;
  const port = /^\s*\d{1,5}\s*$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  // The text is not repeated: in "postgresql://user:password" it is the password.
  throw badUrl(
    'The port of the connection URL is not a number from 1 to 65535.',
    'Check that an "@" stands before the host, and write special signs in the password percent-encoded (":" as %3A).',
  );
}

function readSslMode(text: string | null, rootCert: string | null): SslMode {
  const mode = oneOf(SSL_MODES, text, 'sslmode');
  if (rootCert !== 'system') return mode ?? 'prefer';
  // As libpq: trusting every public authority proves nothing without matching the host name.
  if (mode === null || mode === 'verify-full') return 'verify-full';
  throw badUrl(
    'sslrootcert=system needs sslmode=verify-full.',
    'Leave sslmode out, or set it to verify-full.',
  );
}

function readConnectTimeout(text: string | null): number {
  if (text === null || text.trim() === '') return DEFAULT_CONNECT_TIMEOUT_MS;
  const seconds = /^\s*-?\d{1,6}\s*$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(seconds)) throw badUrl('connect_timeout is not a whole number of seconds.');
  // Zero or less waits for ever in libpq; PgVitals always ends by itself. libpq's own minimum is 2 s.
  return seconds <= 0 ? DEFAULT_CONNECT_TIMEOUT_MS : Math.max(2, seconds) * 1000;
}

function readAuthMethods(text: string | null): ReadonlySet<AuthMethod> | null {
  const names = (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) return null;
  const isNegative = names.every((name) => name.startsWith('!'));
  const listed = names.map((name) => {
    const method = AUTH_METHODS.find((known) => known === name.replace('!', ''));
    if (method === undefined || name.startsWith('!') !== isNegative) {
      throw badUrl(
        'require_auth is not a list of authentication methods.',
        `Methods: ${AUTH_METHODS.join(', ')}.`,
      );
    }
    return method;
  });
  return new Set(isNegative ? AUTH_METHODS.filter((method) => !listed.includes(method)) : listed);
}

function oneOf<const T extends readonly string[]>(
  allowed: T,
  text: string | null,
  keyword: string,
): T[number] | null {
  if (text === null || text === '') return null;
  const match = allowed.find((value) => value.toLowerCase() === text.toLowerCase());
  if (match === undefined)
    throw badUrl(`${keyword} has a value it cannot have.`, `Allowed: ${allowed.join(', ')}.`);
  return match;
}
