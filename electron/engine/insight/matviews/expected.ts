import { z } from 'zod';
import type { ExpectedView } from '#shared/model/facts.ts';
import { text, textOrNull } from '#engine/collect/decode.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from '#engine/postgres/quote.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import type { ProfileStore } from '#engine/store/profiles.ts';

/** Names of the views that an application reads, as `Catalog.label` writes them: the user's list. */
export const EXPECTED_TOPIC = 'expected-views';
/** How to make them: what they were when they were last seen. Composed here, never taken from anybody else. */
const DEFINITIONS_TOPIC = 'expected-view-definitions';

export const expectedNames = z.array(z.string());
const definitions = z.record(z.string(), z.array(z.string()));

/** Which views should be there, each with the statements that would make it, where they are known. */
export function expectedViews(profiles: ProfileStore, database: DatabaseIdentity): ExpectedView[] {
  const known = profiles.read(database, DEFINITIONS_TOPIC, definitions) ?? {};
  return (profiles.read(database, EXPECTED_TOPIC, expectedNames) ?? []).map((label) => {
    const dot = label.indexOf('.');
    return {
      schema: dot < 0 ? 'public' : label.slice(0, dot),
      name: label.slice(dot + 1),
      statements: known[label] ?? [],
    };
  });
}

/** Keeps the list; a view that is gone keeps the definition that it had. */
export function keepExpected(
  profiles: ProfileStore,
  database: DatabaseIdentity,
  labels: readonly string[],
  seen: Readonly<Record<string, readonly string[]>>,
): void {
  const known = { ...profiles.read(database, DEFINITIONS_TOPIC, definitions), ...seen };
  const kept = Object.fromEntries(Object.entries(known).filter(([label]) => labels.includes(label)));
  profiles.write(database, EXPECTED_TOPIC, labels);
  profiles.write(database, DEFINITIONS_TOPIC, kept);
}

/** Reads `VIEWS_SQL`: the statements that make each of these views again, by label. */
export function definitionsOf(rows: readonly Row[]): Record<string, string[]> {
  return Object.fromEntries(
    rows.map(([schema, name, query, options, tablespace, comment, indexes]) => {
      const target = quoteQualified(text(schema), text(name));
      const storage = textOrNull(options);
      const place = textOrNull(tablespace);
      const words = textOrNull(comment);
      const create = [
        `CREATE MATERIALIZED VIEW ${target}`,
        storage === null ? '' : ` WITH (${storage})`,
        place === null ? '' : ` TABLESPACE ${quoteIdentifier(place)}`,
        ` AS ${text(query).trim().replace(/;$/, '')}`,
      ].join('');
      const statements = [
        create,
        ...(Array.isArray(indexes) ? indexes.map(text) : []),
        ...(words === null ? [] : [`COMMENT ON MATERIALIZED VIEW ${target} IS ${quoteLiteral(words)}`]),
      ];
      return [schema === 'public' ? text(name) : `${text(schema)}.${text(name)}`, statements];
    }),
  );
}

/** By labels. The search path is empty, so that every name in a definition comes with its schema. */
export const VIEWS_SQL = `
  SELECT n.nspname, c.relname, pg_catalog.pg_get_viewdef(c.oid), pg_catalog.array_to_string(c.reloptions, ', '), s.spcname,
    pg_catalog.obj_description(c.oid, 'pg_class'),
    ARRAY (SELECT pg_catalog.pg_get_indexdef(i.indexrelid) FROM pg_catalog.pg_index i
      WHERE i.indrelid = c.oid AND i.indisvalid ORDER BY i.indexrelid)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
  WHERE c.relkind = 'm'
    AND CASE n.nspname WHEN 'public' THEN c.relname::pg_catalog.text ELSE n.nspname || '.' || c.relname END = ANY ($1::pg_catalog.text[])`;
