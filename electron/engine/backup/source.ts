import { text } from '#engine/collect/decode.ts';
import type { TableName } from '#shared/model/backup.ts';
import { quoteQualified } from '#engine/postgres/quote.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';

/** What a dump is of, as it was at its snapshot. */
export interface Source {
  readonly snapshotId: string;
  /** The server's clock, ISO 8601. */
  readonly snapshotAt: string;
  readonly databaseOid: number;
  readonly version: string;
  readonly versionNum: number;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly databaseBytes: number | null;
  /** Heap and TOAST of all tables: what is dumped. */
  readonly heapBytes: number;
  readonly tables: readonly TableName[];
  readonly extensions: readonly string[];
  readonly roles: readonly string[];
  readonly tablespaces: readonly string[];
  readonly isSuperuser: boolean;
  /** User mappings with a password that this role can see: it is in the dump in clear. */
  readonly hasForeignPasswords: boolean;
}

/**
 * Opens the transaction whose snapshot pg_dump takes over, and reads what the manifest tells of the database. The
 * transaction stays open: it ends with the session.
 */
export async function openSource(session: WriteSession): Promise<Source> {
  await session.rows('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  const [[snapshotId, at, oid, encoding, collate, ctype, bytes] = []] = await session.rows(
    `SELECT pg_catalog.pg_export_snapshot(),
       pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
       d.oid::pg_catalog.int8, pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype,
       CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') THEN pg_catalog.pg_database_size(d.oid) END
     FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`,
  );
  const tables = await session.rows(TABLES);
  const extensions = await session.rows(
    `SELECT extname FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql' ORDER BY 1`,
  );
  const roles = await session.rows(
    `SELECT DISTINCT r.rolname FROM pg_catalog.pg_shdepend s JOIN pg_catalog.pg_roles r ON r.oid = s.refobjid
     WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
       AND (s.dbid = $1::pg_catalog.oid OR (s.classid = 'pg_catalog.pg_database'::pg_catalog.regclass AND s.objid = $1::pg_catalog.oid))
     ORDER BY 1`,
    [oid],
  );
  const tablespaces = await session.rows(
    `SELECT DISTINCT s.spcname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
     WHERE s.spcname NOT IN ('pg_global', 'pg_default') ORDER BY 1`,
  );
  const [[mapped] = []] = await session.rows(
    `SELECT EXISTS (SELECT FROM pg_catalog.pg_user_mappings WHERE pg_catalog.array_to_string(umoptions, ' ') ~* 'password=')`,
  );
  return {
    snapshotId: text(snapshotId),
    snapshotAt: text(at),
    databaseOid: Number(oid),
    version: session.capabilities.version,
    versionNum: session.capabilities.versionNum,
    encoding: text(encoding),
    collate: text(collate),
    ctype: text(ctype),
    databaseBytes: typeof bytes === 'number' ? bytes : null,
    heapBytes: tables.reduce((sum, [, , size]) => sum + Number(size ?? 0), 0),
    tables: tables.map(([schema, name]) => ({ schema: text(schema), name: text(name) })),
    extensions: extensions.map(([name]) => text(name)),
    roles: roles.map(([name]) => text(name)),
    tablespaces: tablespaces.map(([name]) => text(name)),
    isSuperuser: session.capabilities.isSuperuser,
    hasForeignPasswords: mapped === true,
  };
}

export interface SourceRows extends TableName {
  readonly rows: number;
  readonly hash: string;
}

/**
 * Counts and hashes every row at the snapshot: the sum of a 64-bit hash of each row's text, so that the order does not
 * matter. The same is asked of a restored copy (restored-rows.ts).
 */
export async function countSource(
  session: WriteSession,
  tables: readonly TableName[],
  options: { readonly signal: AbortSignal; readonly onTable?: (done: number) => void },
): Promise<readonly SourceRows[]> {
  await writeAlike(session);
  const counted: SourceRows[] = [];
  for (const { schema, name } of tables) {
    const [[rows, hash] = []] = await session.run(ROWS_AND_HASH(quoteQualified(schema, name)), {
      lockTimeoutMs: 10_000,
      statementTimeoutMs: 0,
      signal: options.signal,
    });
    counted.push({ schema, name, rows: Number(rows), hash: text(hash) });
    options.onTable?.(counted.length);
  }
  return counted;
}

/** Whatever role, database or server prefer: a value must have the same text on both sides. DateStyle and TimeZone are set already. */
export async function writeAlike(session: WriteSession): Promise<void> {
  await session.rows(
    `SELECT pg_catalog.set_config(name, value, false) FROM (VALUES ('IntervalStyle', 'postgres'), ('extra_float_digits', '1'),
       ('bytea_output', 'hex'), ('lc_monetary', 'C'), ('xmlbinary', 'base64')) AS formats (name, value)`,
  );
}

/** One row: count as int8, sum as text. A column of the alias's name would be hashed instead of the row. */
export const ROWS_AND_HASH = (table: string): string =>
  `SELECT pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashtextextended(pgvitals_row::pg_catalog.text, 0)::pg_catalog.numeric), 0)::pg_catalog.text FROM ONLY ${table} AS pgvitals_row`;

/** Ordinary tables that a dump of the whole database has, with the bytes of heap and TOAST. */
export const TABLES = `SELECT n.nspname, c.relname, (c.relpages::pg_catalog.int8 + coalesce(t.relpages, 0)) * pg_catalog.current_setting('block_size')::pg_catalog.int8
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY 1, 2`;

/** One row: what a dump will read, and the size of the database where this role may know it. */
export const SOURCE_SIZES = `SELECT coalesce(sum(bytes), 0)::pg_catalog.int8,
    CASE WHEN pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CONNECT')
      THEN pg_catalog.pg_database_size(pg_catalog.current_database()) END
  FROM (${TABLES}) AS t (schema, name, bytes)`;
