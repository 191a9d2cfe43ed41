import { BACKUP_PARTS_SHOWN, type BackupParts } from '#shared/model/backup.ts';
import { number, text, textOrNull } from '#engine/collect/decode.ts';
import type { ReadRows } from '#engine/plans/guards.ts';
import { TABLES } from './source.ts';

/** Schemas with what a dump of them holds, those of these letters, by name. */
export async function readSchemas(read: ReadRows, letters: string): Promise<BackupParts> {
  return partsOf(await read(SCHEMAS, [letters]));
}

/** Tables with these letters in `schema.name`, by schema and name: those that have rows of their own, so partitions too. */
export async function readTables(read: ReadRows, letters: string): Promise<BackupParts> {
  return partsOf(await read(SINGLE, [letters]));
}

function partsOf(rows: Awaited<ReturnType<ReadRows>>): BackupParts {
  return {
    total: number(rows[0]?.[4] ?? 0),
    parts: rows.map(([schema, name, tables, sizeBytes]) => ({
      schema: text(schema),
      name: textOrNull(name),
      tables: number(tables),
      sizeBytes: number(sizeBytes),
    })),
  };
}

/** In the collation of the database: that of names knows the case of ASCII only. */
const has = (name: string): string =>
  `pg_catalog.strpos(pg_catalog.lower((${name})::pg_catalog.text COLLATE pg_catalog."default"), pg_catalog.lower($1)) > 0`;

const SCHEMAS = `SELECT n.nspname, NULL, pg_catalog.count(t.name), coalesce(pg_catalog.sum(t.bytes), 0)::pg_catalog.int8,
    pg_catalog.count(*) OVER ()
  FROM pg_catalog.pg_namespace n LEFT JOIN (${TABLES}) AS t (schema, name, bytes) ON t.schema = n.nspname
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND ${has('n.nspname')}
  GROUP BY n.nspname ORDER BY n.nspname LIMIT ${BACKUP_PARTS_SHOWN}`;

const SINGLE = `SELECT schema, name, 1, bytes, pg_catalog.count(*) OVER ()
  FROM (${TABLES}) AS t (schema, name, bytes) WHERE ${has(`schema || '.' || name`)}
  ORDER BY schema, name LIMIT ${BACKUP_PARTS_SHOWN}`;
