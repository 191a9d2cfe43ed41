import { badUrl } from './target.ts';

/** Puts the query of a URL into libpq keywords; what belongs to other programs becomes one note. */
export function collectQuery(
  query: string,
  isJdbc: boolean,
  values: Map<string, string>,
  notes: string[],
): void {
  const ignored: string[] = [];
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodePercent(equals < 0 ? pair : pair.slice(0, equals));
    const raw = equals < 0 ? '' : pair.slice(equals + 1);
    // Java's URL decoder reads "+" as a blank; libpq does not.
    const value = decodePercent(isJdbc ? raw.replaceAll('+', ' ') : raw);
    applyParameter(name, value, values, ignored);
  }
  finishParameters(values, ignored, notes);
}

/** Stores one parameter under its libpq keyword, or remembers its name in `ignored`. */
export function applyParameter(
  name: string,
  value: string,
  values: Map<string, string>,
  ignored: string[],
): void {
  const lower = name.toLowerCase();
  if (lower === 'ssl' || lower === 'sslaccept') {
    const mode = lower === 'ssl' ? sslModeOfSsl(value) : value === 'strict' ? 'verify-full' : null;
    if (mode !== null) values.set(SSL_SHORTHAND, mode);
    return;
  }
  const keyword = ALIASES.get(lower) ?? (KEYWORDS.has(lower) ? lower : null);
  if (keyword === null) {
    if (!WITHOUT_EFFECT.has(lower)) ignored.push(name);
    return;
  }
  if (keyword === 'sslmode' && value === 'no-verify') values.set(SSL_SHORTHAND, 'require');
  else values.set(keyword, value);
}

/** Whether PgVitals honours it, under this very name. */
export function isKeyword(name: string): boolean {
  return KEYWORDS.has(name);
}

/** Settles `ssl=` against sslmode, and turns what was ignored into notes. */
export function finishParameters(
  values: Map<string, string>,
  ignored: readonly string[],
  notes: string[],
): void {
  const mode = values.get(SSL_SHORTHAND);
  values.delete(SSL_SHORTHAND);
  // An explicit sslmode says more, whatever their order.
  if (mode !== undefined && !values.has('sslmode')) {
    values.set('sslmode', mode);
    if (mode === 'require') notes.push(REQUIRE_NOTE);
  }
  // Names only, and only such as cannot be a piece of a password that fell apart.
  const known = ignored.filter((name) => FOREIGN.has(name.toLowerCase()));
  if (known.length > 0)
    notes.push(`Meant for other programs and ignored: ${[...new Set(known)].join(', ')}.`);
  const unknown = ignored.length - known.length;
  if (unknown === 1) notes.push('One parameter is unknown to PgVitals and was ignored.');
  if (unknown > 1) notes.push(`${unknown} parameters are unknown to PgVitals and were ignored.`);
}

/** Cuts lists of hosts and ports to their first entry. */
export function takeFirstHost(values: Map<string, string>, hostCount: number, notes: string[]): void {
  let count = hostCount;
  for (const keyword of ['host', 'hostaddr', 'port']) {
    const value = values.get(keyword);
    if (value === undefined || !value.includes(',')) continue;
    count = Math.max(count, value.split(',').length);
    values.set(keyword, value.split(',')[0] ?? '');
  }
  if (count > 1) notes.push(`Only the first of ${count} hosts is used.`);
}

/** Percent-decoding that leaves a lone "%" alone: passwords are often pasted as they are. */
export function decodePercent(text: string): string {
  const decoded = text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
  if (decoded.includes('\0')) throw badUrl('The connection URL contains a zero byte.');
  return decoded;
}

/** Where `ssl=` waits until all parameters are known; no libpq keyword. */
const SSL_SHORTHAND = 'ssl';

const REQUIRE_NOTE =
  'Encryption is required, but the certificate of the server is not verified; sslmode=verify-full would.';

/** libpq's keywords that PgVitals honours. */
const KEYWORDS = new Set([
  'host',
  'hostaddr',
  'port',
  'dbname',
  'user',
  'password',
  'passfile',
  'service',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslpassword',
  'sslcrl',
  'sslnegotiation',
  'ssl_min_protocol_version',
  'channel_binding',
  'require_auth',
  'connect_timeout',
  'application_name',
  'options',
]);

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['username', 'user'],
  ['hostname', 'host'],
  ['database', 'dbname'],
  ['databasename', 'dbname'],
  ['applicationname', 'application_name'],
  ['channelbinding', 'channel_binding'],
  ['requireauth', 'require_auth'],
  ['connecttimeout', 'connect_timeout'],
]);

/** Understood, and of no consequence for a reader: no note is needed. */
const WITHOUT_EFFECT = new Set([
  'client_encoding',
  'charset',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'tcp_user_timeout',
  'tcpkeepalive',
  'fallback_application_name',
  'sslcompression',
  'sslsni',
  'uselibpqcompat',
]);

/** Parameters of Prisma, JDBC, SQLAlchemy, Django, node-postgres and database clients, in lower case. */
const FOREIGN = new Set([
  'schema',
  'currentschema',
  'searchpath',
  'search_path',
  'connection_limit',
  'pool_timeout',
  'pool_size',
  'max_overflow',
  'pool_max_conns',
  'socket_timeout',
  'pgbouncer',
  'statement_cache_size',
  'prepared_statement_cache_size',
  'prepared_statement_name_func',
  'statement_timeout',
  'command_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'query_timeout',
  'max_conns',
  'single_use_connections',
  'conn_max_age',
  'target_session_attrs',
  'targetservertype',
  'load_balance_hosts',
  'loadbalancehosts',
  'preparethreshold',
  'stringtype',
  'sslfactory',
  'sslidentity',
  'gssencmode',
  'krbsrvname',
  'logintimeout',
  'sockettimeout',
  'rewritebatchedinserts',
  'binarytransfer',
  'sslhostname',
  'replication',
  'statuscolor',
  'env',
  'name',
  'tlsmode',
  'useprivatekey',
  'safemodelevel',
  'advancedsafemodelevel',
  'driverversion',
  'lazyload',
]);

/** `ssl=` of JDBC, node-postgres and asyncpg. libpq reads ssl=true as sslmode=require. */
function sslModeOfSsl(value: string): string {
  switch (value.toLowerCase()) {
    case '':
    case 'true':
    case '1':
    case 'yes':
    case 'on':
    case 'no-verify':
      return 'require';
    case 'false':
    case '0':
    case 'no':
    case 'off':
      return 'disable';
    default:
      return value.toLowerCase();
  }
}
