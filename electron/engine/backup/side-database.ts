import { EngineError } from '#engine/errors.ts';
import { quoteIdentifier, quoteLiteral } from '#engine/postgres/quote.ts';
import { openWriteSession, type WriteSession } from '#engine/postgres/write-session.ts';
import { number, text, textOrNull } from '#engine/collect/decode.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import { type DatabaseMark, markText, readMark, sideName } from './database-mark.ts';
import type { Manifest } from './manifest.ts';

/** A database that a job made for itself. */
export interface SideDatabase {
  readonly database: string;
  readonly oid: number;
  readonly token: string;
}

/** Everything that CREATE DATABASE fixes for good. */
export interface DatabaseLocale {
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** `libc`, `icu` (15+) or `builtin` (17+). */
  readonly provider: string;
  readonly locale: string | null;
  readonly icuRules: string | null;
}

/** One row of pg_database. */
export interface FoundDatabase {
  readonly name: string;
  readonly oid: number;
  readonly allowsConnections: boolean;
  readonly isTemplate: boolean;
  readonly owner: string;
  readonly tablespace: string;
  readonly comment: string | null;
  readonly mark: DatabaseMark | null;
}

/** How long the catalog statements of a restore may wait and take. */
export const CATALOG_LIMITS = { lockTimeoutMs: 5_000, statementTimeoutMs: 20_000 };
/** Copying template0 writes some 8 MB; a checkpoint comes with it before 15. */
const CREATE_LIMITS = { lockTimeoutMs: 10_000, statementTimeoutMs: 300_000 };

export async function findDatabase(session: WriteSession, name: string): Promise<FoundDatabase | null> {
  return (await databases(session, 'd.datname = $1', name))[0] ?? null;
}

export async function findDatabaseByOid(session: WriteSession, oid: number): Promise<FoundDatabase | null> {
  return (await databases(session, 'd.oid = $1', oid))[0] ?? null;
}

async function databases(session: WriteSession, where: string, value: unknown): Promise<FoundDatabase[]> {
  const rows = await session.rows(
    `SELECT d.datname, d.oid, d.datallowconn, d.datistemplate, pg_catalog.pg_get_userbyid(d.datdba), t.spcname,
       pg_catalog.shobj_description(d.oid, 'pg_database')
     FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace WHERE ${where}`,
    [value],
  );
  return rows.map(([name, oid, allows, isTemplate, owner, tablespace, comment]) => ({
    name: text(name),
    oid: number(oid),
    allowsConnections: allows === true,
    isTemplate: isTemplate === true,
    owner: text(owner),
    tablespace: text(tablespace),
    comment: textOrNull(comment),
    mark: readMark(textOrNull(comment), number(oid)),
  }));
}

/** Of a database that is there. */
export async function localeOf(session: WriteSession, oid: number): Promise<DatabaseLocale | null> {
  const { has } = session.capabilities;
  const column = (name: string, otherwise: string): string =>
    has('pg_database', name) ? `d.${name}` : otherwise;
  const locale = column('datlocale', column('daticulocale', 'NULL'));
  const [row] = await session.rows(
    `SELECT pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, ${column('datlocprovider', `'c'`)}::pg_catalog.text,
       ${locale}::pg_catalog.text, ${column('daticurules', 'NULL')}::pg_catalog.text
     FROM pg_catalog.pg_database d WHERE d.oid = $1`,
    [oid],
  );
  if (!row) return null;
  const [encoding, collate, ctype, provider, name, rules] = row;
  return {
    encoding: text(encoding),
    collate: text(collate),
    ctype: text(ctype),
    provider: PROVIDERS[text(provider)] ?? 'libc',
    locale: textOrNull(name),
    icuRules: textOrNull(rules),
  };
}

/** For a copy of a backed up database: as the connected one has it where that is the same, for it names the library, too. */
export async function localeFor(session: WriteSession, server: Manifest['server']): Promise<DatabaseLocale> {
  const here = await localeOf(session, session.capabilities.databaseOid);
  const { encoding, collate, ctype } = server;
  return here && here.encoding === encoding && here.collate === collate && here.ctype === ctype
    ? here
    : { encoding, collate, ctype, provider: 'libc', locale: null, icuRules: null };
}

const PROVIDERS: Readonly<Record<string, string>> = { c: 'libc', i: 'icu', b: 'builtin' };

/** From template0: nothing of this server's own gets between the archive and the database. */
export function createDatabaseSql(name: string, locale: DatabaseLocale, tablespace: string | null): string {
  const parts = [
    `CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE template0 ENCODING ${quoteLiteral(locale.encoding)}`,
    `LC_COLLATE ${quoteLiteral(locale.collate)} LC_CTYPE ${quoteLiteral(locale.ctype)}`,
  ];
  if (locale.provider === 'icu')
    parts.push(`LOCALE_PROVIDER icu ICU_LOCALE ${quoteLiteral(locale.locale ?? '')}`);
  if (locale.provider === 'builtin')
    parts.push(`LOCALE_PROVIDER builtin BUILTIN_LOCALE ${quoteLiteral(locale.locale ?? '')}`);
  if (locale.icuRules !== null) parts.push(`ICU_RULES ${quoteLiteral(locale.icuRules)}`);
  // Naming the default one takes a right that CREATEDB does not imply.
  if (tablespace !== null && tablespace !== 'pg_default')
    parts.push(`TABLESPACE ${quoteIdentifier(tablespace)}`);
  return parts.join(' ');
}

/**
 * Makes the database, for this role alone, and marks it. `keep` is told of it before it is there (oid 0) and again with
 * its oid, and has stored it when it returns: whatever kills us, the next start finds the database.
 */
export async function createSideDatabase(
  session: WriteSession,
  wanted: {
    readonly name: string;
    readonly locale: DatabaseLocale;
    readonly tablespace: string | null;
    readonly mark: Omit<DatabaseMark, 'oid'>;
  },
  keep: (side: SideDatabase) => void,
  signal: AbortSignal,
): Promise<SideDatabase> {
  const { name, locale, tablespace, mark } = wanted;
  if (await findDatabase(session, name)) throw taken(name);
  keep({ database: name, oid: 0, token: mark.token });
  // Where commits are not waited for, a crash of the server would take the mark and leave the database.
  await session.run('SET synchronous_commit = on', CATALOG_LIMITS);
  await session.run(createDatabaseSql(name, locale, tablespace), { ...CREATE_LIMITS, signal });
  const found = await findDatabase(session, name);
  if (!found)
    throw new EngineError('QUERY_FAILED', `${name} was created, and is gone already.`, 'Try again.');
  await setMark(session, name, { ...mark, oid: found.oid });
  // Rights in it rely on who may connect to it, which it does not know yet.
  await session.run(`REVOKE ALL ON DATABASE ${quoteIdentifier(name)} FROM PUBLIC`, CATALOG_LIMITS);
  const side = { database: name, oid: found.oid, token: mark.token };
  keep(side);
  return side;
}

export function taken(name: string): EngineError {
  return new EngineError(
    'PLAN_REFUSED',
    `A database named ${name} is there already.`,
    'Choose another name, and preview again.',
  );
}

export async function setMark(session: WriteSession, name: string, mark: DatabaseMark): Promise<void> {
  await session.run(commentSql(name, markText(mark)), CATALOG_LIMITS);
}

export function commentSql(name: string, comment: string | null): string {
  return `COMMENT ON DATABASE ${quoteIdentifier(name)} IS ${comment === null ? 'NULL' : quoteLiteral(comment)}`;
}

export type SideRemoval = 'dropped' | 'gone' | 'not ours';

/** Connections for the database that was blocked, and for the one that bears the mark; then the mark as it was. */
export async function giveBack(session: WriteSession, mark: DatabaseMark): Promise<void> {
  for (const oid of [mark.blockedOid, mark.oid]) {
    const found = oid === null ? null : await findDatabaseByOid(session, oid);
    if (found && !found.allowsConnections)
      await session.run(
        `ALTER DATABASE ${quoteIdentifier(found.name)} ALLOW_CONNECTIONS true`,
        CATALOG_LIMITS,
      );
  }
  const bearer = await findDatabaseByOid(session, mark.oid);
  if (bearer?.mark?.token === mark.token && bearer.mark.blockedOid !== null)
    await setMark(session, bearer.name, { ...mark, blockedOid: null });
}

/**
 * Drops a database that a job made: only where name, oid and token are those of the record. One that got no mark,
 * because we died between its creation and its mark, goes only where it bears our random name and nothing is in it.
 */
export async function dropSideDatabase(
  session: WriteSession,
  side: SideDatabase,
  target: ConnectionTarget,
): Promise<SideRemoval> {
  const found = await findDatabase(session, side.database);
  if (!found) return 'gone';
  const isMarked = found.mark !== null && found.mark.kind !== 'old' && found.mark.token === side.token;
  const isOurs =
    side.oid === 0
      ? isMarked || (await isBare(session, found, side, target))
      : isMarked && found.oid === side.oid;
  if (!isOurs) return 'not ours';
  // Its mark is the only record of whom it keeps out.
  if (found.mark) await giveBack(session, found.mark);
  await dropByForce(session, side.database);
  return 'dropped';
}

/**
 * Ends its sessions too: those of a pg_restore that was killed go on for a while. Every process of the server has to
 * let go of its files first, so one that hangs holds it up.
 */
export async function dropByForce(session: WriteSession, name: string): Promise<void> {
  await session.run(`DROP DATABASE ${quoteIdentifier(name)} WITH (FORCE)`, {
    lockTimeoutMs: 10_000,
    statementTimeoutMs: 60_000,
  });
}

async function isBare(
  session: WriteSession,
  found: FoundDatabase,
  side: SideDatabase,
  target: ConnectionTarget,
): Promise<boolean> {
  const { role } = session.capabilities;
  const isNamedByUs =
    side.database.endsWith(sideName('', 'new', side.token)) ||
    side.database === sideName('', 'verify', side.token);
  if (!isNamedByUs || found.comment !== null || found.owner !== role) return false;
  const { jobId } = session;
  const inside = await openWriteSession({ ...target, database: side.database }, { jobId });
  try {
    const rows = await inside.rows(
      // Oids from 16384 on are given to what users make. A row without columns would not arrive.
      'SELECT oid FROM pg_catalog.pg_class WHERE oid >= 16384 UNION ALL SELECT oid FROM pg_catalog.pg_proc WHERE oid >= 16384 LIMIT 1',
    );
    return rows.length === 0 && inside.capabilities.databaseOid === found.oid;
  } finally {
    await inside.close();
  }
}
