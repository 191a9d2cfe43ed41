import { formatCountOf } from '#shared/model/format.ts';
import { text } from '#engine/collect/decode.ts';
import { EngineError } from '#engine/errors.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import type { FullTocEntry } from './archive-toc.ts';

/**
 * Looks for every object of an archive in the database that was restored from it, by type and name; indexes must be
 * valid, constraints checked unless they were not at the source, materialized views filled where they were. Returns what
 * is there in words. Throws BACKUP_DAMAGED with the first few that are not.
 */
export async function compareObjects(
  session: WriteSession,
  entries: readonly FullTocEntry[],
  signal: AbortSignal,
): Promise<string> {
  const limits = { lockTimeoutMs: 5_000, statementTimeoutMs: 0, signal };
  const found = new Set(
    (await session.run(OBJECTS, limits)).map(([type, schema, name]) => keyOf(text(type), schema, name)),
  );
  const wanted = entries.filter(({ type }) => TYPES.has(type));
  const faults = wanted
    .filter(({ type, schema, name }) => !found.has(keyOf(type, schema, name)))
    .map(({ type, schema, name }) => `${type} ${schema === null ? '' : `${schema}.`}${name} is missing`);
  const wasFilled = new Set(keysOf(entries.filter(({ type }) => type === 'MATERIALIZED VIEW DATA')));
  const wasNotValid = new Set(keysOf(entries.filter(({ definition }) => NOT_VALID.test(definition ?? ''))));
  for (const [kind, schema, name] of await session.run(UNREADY, limits)) {
    const key = keyOf(text(kind), schema, name);
    const isExpected = kind === 'MATERIALIZED VIEW DATA' ? !wasFilled.has(key) : wasNotValid.has(key);
    if (!isExpected)
      faults.push(`${text(schema)}.${text(name)} ${UNREADY_WORDS[text(kind)] ?? 'was not checked'}`);
  }
  if (faults.length > 0)
    throw new EngineError(
      'BACKUP_DAMAGED',
      `The restored database is not what the backup holds: ${faults.slice(0, MOST_NAMED).join('; ')}${faults.length > MOST_NAMED ? `; and ${faults.length - MOST_NAMED} more` : ''}.`,
      'Take another backup, and verify that.',
    );
  return WORDS.map(([types, one, many]) => ({
    count: wanted.filter(({ type }) => types.includes(type)).length,
    one,
    many,
  }))
    .filter(({ count }) => count > 0)
    .map(({ count, one, many }) => formatCountOf(count, one, many))
    .join(', ');
}

const MOST_NAMED = 5;
/** At the end of a constraint's definition: it was not checked at the source. */
const NOT_VALID = /NOT (VALID|ENFORCED);?\s*$/;

const WORDS: ReadonlyArray<readonly [types: readonly string[], one: string, many?: string]> = [
  [['TABLE', 'FOREIGN TABLE'], 'table'],
  [['INDEX'], 'index', 'indexes'],
  [['CONSTRAINT', 'FK CONSTRAINT', 'CHECK CONSTRAINT'], 'constraint'],
  [['VIEW', 'MATERIALIZED VIEW'], 'view'],
  [['SEQUENCE'], 'sequence'],
  [['FUNCTION', 'PROCEDURE', 'AGGREGATE'], 'function'],
  [['TRIGGER'], 'trigger'],
  [['EXTENSION'], 'extension'],
];
const TYPES: ReadonlySet<string> = new Set(WORDS.flatMap(([types]) => types));

const ROUTINES: ReadonlySet<string> = new Set(['FUNCTION', 'PROCEDURE', 'AGGREGATE']);

const UNREADY_WORDS: Readonly<Record<string, string>> = {
  INDEX: 'is not valid',
  'MATERIALIZED VIEW DATA': 'is not filled',
};

function keyOf(type: string, schema: unknown, name: unknown): string {
  // Types among a function's arguments are quoted as pg_dump was told to, not as they have to be.
  return JSON.stringify([type, schema, ROUTINES.has(type) ? text(name).replaceAll('"', '') : name]);
}

function keysOf(entries: readonly FullTocEntry[]): string[] {
  return entries.map(({ type, schema, name }) => keyOf(type, schema, name));
}

const OWN = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

/** Type, schema and name as pg_dump writes them into an archive (the tags of pg_dump.c). */
const OBJECTS = `
  SELECT CASE c.relkind WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
      WHEN 'i' THEN 'INDEX' WHEN 'I' THEN 'INDEX' ELSE 'TABLE' END, n.nspname::pg_catalog.text, c.relname::pg_catalog.text
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'i', 'I') AND ${OWN}
  UNION ALL
  SELECT CASE o.contype WHEN 'f' THEN 'FK CONSTRAINT' WHEN 'c' THEN 'CHECK CONSTRAINT' ELSE 'CONSTRAINT' END, n.nspname,
      coalesce(c.relname, t.typname) || ' ' || o.conname
    FROM pg_catalog.pg_constraint o JOIN pg_catalog.pg_namespace n ON n.oid = o.connamespace
      LEFT JOIN pg_catalog.pg_class c ON c.oid = o.conrelid LEFT JOIN pg_catalog.pg_type t ON t.oid = o.contypid
    WHERE ${OWN}
  UNION ALL
  SELECT 'TRIGGER', n.nspname, c.relname || ' ' || g.tgname
    FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT g.tgisinternal AND ${OWN}
  UNION ALL
  SELECT CASE p.prokind WHEN 'a' THEN 'AGGREGATE' WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, n.nspname, p.proname || '(' ||
      CASE WHEN p.prokind = 'a' AND p.pronargs = 0 THEN '*' ELSE coalesce((SELECT pg_catalog.string_agg(pg_catalog.format_type(a.type, NULL), ', ' ORDER BY a.at)
        FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS a (type, at)), '') END || ')'
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE ${OWN}
  UNION ALL
  SELECT 'EXTENSION', NULL, e.extname FROM pg_catalog.pg_extension e`;

/** A partitioned index is invalid as long as a partition lacks its own: pg_dump takes that along. */
const UNREADY = `
  SELECT 'INDEX', n.nspname::pg_catalog.text, c.relname::pg_catalog.text
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'i' AND NOT (i.indisvalid AND i.indisready) AND ${OWN}
  UNION ALL
  SELECT CASE o.contype WHEN 'f' THEN 'FK CONSTRAINT' ELSE 'CHECK CONSTRAINT' END, n.nspname, coalesce(c.relname, t.typname) || ' ' || o.conname
    FROM pg_catalog.pg_constraint o JOIN pg_catalog.pg_namespace n ON n.oid = o.connamespace
      LEFT JOIN pg_catalog.pg_class c ON c.oid = o.conrelid LEFT JOIN pg_catalog.pg_type t ON t.oid = o.contypid
    WHERE NOT o.convalidated AND o.contype IN ('c', 'f') AND o.conparentid = 0
      AND coalesce(pg_catalog.to_jsonb(o) ->> 'conenforced', 'true') = 'true' AND ${OWN}
  UNION ALL
  SELECT 'MATERIALIZED VIEW DATA', n.nspname, c.relname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'm' AND NOT c.relispopulated AND ${OWN}`;
