import { quoteKeywordValue } from '#engine/postgres/keyword-string.ts';
import { quoteLiteral, quoteQualified } from '#engine/postgres/quote.ts';
import { isSocketDirectory, socketPath } from '#engine/postgres/target.ts';
import { sshCommand, type SshHop } from '#engine/postgres/tunnel/hop.ts';
import { DATA_FILE, DATA_FOLDER, GLOBALS_FILE, LOG_FILE, type Manifest } from './manifest.ts';
import { isPlain, shellAssign, shellQuote } from './shell-text.ts';

/** Commands of the recovery plan for a POSIX shell: pg_restore and psql alone, without PgVitals. */

export interface RecoverySource {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly ssh?: SshHop | null;
}

/** Every block of commands begins with these: where to, from where. */
export function variables({ folder, manifest, host, port, user, ssh = null }: RecoverySource): string {
  const { database, versionNum } = manifest.server;
  return [
    `# The server to restore on, PostgreSQL ${Math.floor(versionNum / 10_000)} or newer. Change these lines if it is another one.`,
    ...(ssh === null
      ? [shellAssign('PGHOST', host), shellAssign('PGPORT', String(port))]
      : tunnel(ssh, host, port)),
    shellAssign('PGUSER', user),
    'export PGHOST PGPORT PGUSER',
    '# The backup, the database in it, and the same as a connection string.',
    shellAssign('BACKUP', folder),
    shellAssign('DATABASE', database),
    shellAssign('TARGET', `dbname=${quoteKeywordValue(database)}`),
  ].join('\n');
}

/** A port of this machine that leads to the server, as long as the shell is open. */
function tunnel(ssh: SshHop, host: string, port: number): string[] {
  const far = isSocketDirectory(host)
    ? socketPath(host, port)
    : `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return [
    '# It is reached through an SSH server: this command first, which stays in the background.',
    sshCommand(ssh, ['-f', '-N', '-L', shellQuote(`127.0.0.1:${TUNNEL_PORT}:${far}`)]),
    shellAssign('PGHOST', '127.0.0.1'),
    shellAssign('PGPORT', String(TUNNEL_PORT)),
  ];
}

const TUNNEL_PORT = 15_432;

/** Only what is fewer lines than anybody reads; a verification by PgVitals looks at all. */
export function checkFiles({ files }: Manifest): string | null {
  const data = files.filter(({ name }) => name !== LOG_FILE);
  if (data.length > MOST_FILES_SHOWN) return null;
  return [
    '(cd "$BACKUP" && sha256sum --check <<\'SUMS\'',
    ...data.map(({ name, sha256 }) => `${sha256}  ${name}`),
    'SUMS',
    ')',
  ].join('\n');
}

/** Roles and tablespaces; without a globals file the roles by name only. */
export function makeGlobals({ manifest, user }: RecoverySource): string | null {
  if (manifest.hasGlobals)
    return `psql --no-psqlrc --quiet --dbname=postgres --file="$BACKUP/${GLOBALS_FILE}"`;
  const roles = manifest.roles.filter((role) => role !== user && !role.startsWith('pg_'));
  if (roles.length === 0) return null;
  return roles.map((role) => `${shellAssign('ROLE', role)}; createuser --no-login -- "$ROLE"`).join('\n');
}

/** The database comes back under its name, with its encoding, locale, owner, rights and settings. */
export function restoreAnew({ manifest }: RecoverySource): string {
  return restore(manifest, `--create${jobs(manifest)} --dbname=postgres`);
}

/** Into a database of its own beside the live one. */
export function restoreBeside({ manifest }: RecoverySource): string {
  const { database, encoding, collate, ctype } = manifest.server;
  const beside = besideName(database, '_restored');
  return [
    shellAssign('BESIDE', beside),
    shellAssign('BESIDE_TARGET', `dbname=${quoteKeywordValue(beside)}`),
    `createdb --template=template0 --encoding=${shellQuote(encoding)} --lc-collate=${shellQuote(collate)} --lc-ctype=${shellQuote(ctype)} -- "$BESIDE"`,
    restore(manifest, `--no-subscriptions${jobs(manifest)} --dbname="$BESIDE_TARGET"`),
    `psql --no-psqlrc --quiet --dbname="$BESIDE_TARGET" --command='ANALYZE'`,
  ].join('\n');
}

/** Ends the sessions of the live database, then swaps the two names in one transaction. */
export function swapNames({ manifest }: RecoverySource): string {
  return [
    shellAssign('OLD', besideName(manifest.server.database, '_old')),
    `psql --no-psqlrc -v ON_ERROR_STOP=1 -v live="$DATABASE" -v beside="$BESIDE" -v old="$OLD" --dbname=postgres <<'SQL'`,
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (:'live', :'beside');",
    'BEGIN;',
    'ALTER DATABASE :"live" RENAME TO :"old";',
    'ALTER DATABASE :"beside" RENAME TO :"live";',
    'COMMIT;',
    'SQL',
  ].join('\n');
}

/** The largest table stands for the one that was dropped. */
export function restoreTable({ manifest }: RecoverySource): string | null {
  const table = shownTables(manifest).at(0);
  if (table === undefined) return null;
  const data = dataOf(manifest);
  return [
    '# The table that was dropped; as stored, without quotes.',
    shellAssign('SCHEMA', table.schema),
    shellAssign('TABLE', table.name),
    restore(manifest, '--schema="$SCHEMA" --table="$TABLE" --dbname="$TARGET"', ' --single-transaction'),
    '# Keys, indexes, triggers and rights do not come with it: this file has those of the whole schema.',
    `pg_restore --section=post-data --schema="$SCHEMA" --file=post-data.sql "$BACKUP/${data}"`,
  ].join('\n');
}

/** Rows as the backup holds them beside those that are there; `into` is the name of a shell variable. */
export function compareRows(manifest: Manifest, into: 'TARGET' | 'BESIDE_TARGET'): string | null {
  const tables = shownTables(manifest).slice(0, MOST_TABLES_COMPARED);
  if (tables.length === 0) return null;
  const counts = tables.map(
    ({ schema, name, rows }) =>
      `SELECT ${quoteLiteral(`${schema}.${name}`)} AS "table", count(*) AS rows, ${rows} AS expected FROM ONLY ${quoteQualified(schema, name)}`,
  );
  return [
    `psql --no-psqlrc -v ON_ERROR_STOP=1 --dbname="$${into}" <<'SQL'`,
    `${counts.join('\nUNION ALL\n')};`,
    'SQL',
  ].join('\n');
}

export function analyze(): string {
  return `psql --no-psqlrc --quiet --dbname="$TARGET" --command='ANALYZE'`;
}

const MOST_FILES_SHOWN = 20;
const MOST_TABLES_COMPARED = 10;
/** NAMEDATALEN - 1; PostgreSQL would cut a longer name, and then two may be the same. */
const MOST_NAME_BYTES = 63;

/** By their rows, most first; those whose names a page cannot show are left out. */
function shownTables({ tables }: Manifest): Manifest['tables'] {
  return tables
    .filter(({ schema, name }) => isPlain(schema) && isPlain(name))
    .toSorted((a, b) => b.rows - a.rows);
}

function dataOf({ files }: Manifest): string {
  return files.some(({ name }) => name === DATA_FILE) ? DATA_FILE : DATA_FOLDER;
}

/**
 * pg_restore, which ends at the first error; `whole`: what makes it undo everything then. Where it is newer than the server it
 * begins by an error (foreign-setting.ts), and can do neither.
 */
function restore(manifest: Manifest, options: string, whole = ''): string {
  const { tool, server } = manifest;
  const archive = `"$BACKUP/${dataOf(manifest)}"`;
  if (tool.versionNum < 170_000 || server.versionNum >= 170_000)
    return `pg_restore --exit-on-error${whole} ${options} ${archive}`;
  return [
    '# An error about transaction_timeout is of no consequence: this pg_restore is newer than the server. Any other is.',
    `pg_restore ${options} ${archive}`,
  ].join('\n');
}

/** Only a directory can be restored by several processes well. */
function jobs(manifest: Manifest): string {
  return dataOf(manifest) === DATA_FOLDER ? ' --jobs=2' : '';
}

function besideName(database: string, suffix: string): string {
  const stem = Buffer.from(database).subarray(0, MOST_NAME_BYTES - suffix.length);
  // A character that was cut through becomes a replacement character at the end.
  return `${stem.toString().replace(/\ufffd$/, '')}${suffix}`;
}
