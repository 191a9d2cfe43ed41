import pg from 'pg';
import type { ActionRequest } from '#shared/model/plan-request.ts';
import { HOSTILE_NAMES } from './hostile-names.ts';

/**
 * A kind of action, tried on an object of each hostile name. Add a row to the table in test/plans/hostile-names.test.ts
 * for each verb; what it needs to be there goes into `setUp`, and what may differ afterwards into `changes`.
 */
export interface HostileCase {
  readonly verb: ActionRequest['verb'];
  /** Objects of this case alone, made before any case runs. */
  readonly setUp?: (name: string, at: number) => string;
  /** One request for each name, or one for all of them. */
  readonly steps: (world: HostileWorld) => readonly HostileStep[] | Promise<readonly HostileStep[]>;
  /** `exact`: everything is as it was after the undo. */
  readonly undo: 'exact' | 'none';
}

export interface HostileStep {
  readonly action: ActionRequest;
  /** Run just before. */
  readonly prepare?: string;
  /** Keys of what has to be different afterwards; everything else must be the same. */
  readonly changes: readonly string[];
}

export interface HostileWorld {
  readonly names: readonly string[];
  readonly admin: pg.Client;
  oid(key: string): number;
}

/** How an object is called here; a relation has no table, a key or constraint has. */
export function keyOf(schema: string, name: string, table?: string): string {
  return JSON.stringify(table === undefined ? [schema, name] : [schema, table, name]);
}

/** Quoted by the driver, not by the engine that is tested. */
export const quoted = (name: string): string => pg.escapeIdentifier(name);

/**
 * For each name: a schema and in it a table of that name whose key column has it too, and a table, an index, a
 * materialized view, a foreign key and a check of that name in schemas of ours.
 */
export function worldSql(name: string, at: number): string {
  const q = quoted(name);
  return `
    CREATE SCHEMA ${q};
    CREATE TABLE ${q}.${q} (${q} int CONSTRAINT "pk ${at}" PRIMARY KEY, body text);
    INSERT INTO ${q}.${q} SELECT n FROM generate_series(1, 5) n;
    CREATE TABLE h_index."t${at}" (v int);
    CREATE INDEX ${q} ON h_index."t${at}" (v);
    COMMENT ON INDEX h_index.${q} IS ${pg.escapeLiteral(name)};
    CREATE MATERIALIZED VIEW h_view.${q} AS SELECT v AS ${q} FROM base;
    CREATE UNIQUE INDEX "u${at}" ON h_view.${q} (${q});
    CREATE TABLE h_key."t${at}" (${q} int CONSTRAINT ${q} REFERENCES ${q}.${q} ON UPDATE CASCADE);
    COMMENT ON CONSTRAINT ${q} ON h_key."t${at}" IS ${pg.escapeLiteral(name)};
    CREATE TABLE h_check."t${at}" (v int);
    ALTER TABLE h_check."t${at}" ADD CONSTRAINT ${q} CHECK (v > 0) NOT VALID;
    CREATE TABLE h_plain.${q} (${q} int);`;
}

export const WORLD_START = `
  CREATE SCHEMA h_index; CREATE SCHEMA h_view; CREATE SCHEMA h_key; CREATE SCHEMA h_check; CREATE SCHEMA h_plain;
  CREATE TABLE victim (id int PRIMARY KEY); INSERT INTO victim VALUES (1);
  CREATE TABLE base (v int PRIMARY KEY); INSERT INTO base SELECT generate_series(1, 3);`;

export async function openWorld(admin: pg.Client): Promise<HostileWorld> {
  const oids = new Map<string, number>();
  const { rows } = await admin.query<{ key: string[]; oid: number }>(OIDS_SQL);
  for (const { key, oid } of rows) oids.set(JSON.stringify(key), oid);
  return {
    names: HOSTILE_NAMES,
    admin,
    oid: (key) => {
      const oid = oids.get(key);
      if (oid === undefined) throw new Error(`nothing is called ${key}`);
      return oid;
    },
  };
}

/** Of everything that users made: how it is defined, and what was done to it (files, VACUUM, ANALYZE, rows of views). */
export async function stateOf(admin: pg.Client): Promise<Map<string, string>> {
  const { rows } = await admin.query<{ key: string[]; definition: string; activity: string }>(STATE_SQL);
  return new Map(
    rows.map(({ key, definition, activity }) => [JSON.stringify(key), `${definition}\n${activity}`]),
  );
}

/** Keys of what is not the same. */
export function changedKeys(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].filter((key) => before.get(key) !== after.get(key)).toSorted();
}

const OIDS_SQL = `
  SELECT ARRAY[n.nspname, c.relname]::text[] AS key, c.oid::int AS oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  UNION ALL
  SELECT ARRAY[n.nspname, c.relname, k.conname]::text[], k.oid::int
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

const STATE_SQL = `
  SELECT ARRAY[n.nspname, c.relname]::text[] AS key,
    concat_ws(E'\\n', c.relkind, c.reloptions, t.reloptions, c.relacl, c.relrowsecurity, obj_description(c.oid, 'pg_class'),
      pg_get_indexdef(c.oid), i.indisvalid,
      (SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attacl), ', ' ORDER BY a.attnum)
       FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0),
      (SELECT string_agg(concat_ws(' ', g.tgname, g.tgenabled), ', ' ORDER BY g.tgname) FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal),
      (SELECT string_agg(concat_ws(' ', p.polname, pg_get_expr(p.polqual, p.polrelid)), ', ' ORDER BY p.polname) FROM pg_policy p WHERE p.polrelid = c.oid)
    ) AS definition,
    concat_ws(' ', c.relfilenode, pg_stat_get_vacuum_count(c.oid), pg_stat_get_analyze_count(c.oid),
      CASE WHEN c.relkind = 'm' AND c.relispopulated THEN query_to_xml(format('SELECT count(*) FROM %I.%I', n.nspname, c.relname), true, false, '')::text END
    ) AS activity
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_class t ON t.oid = c.reltoastrelid LEFT JOIN pg_index i ON i.indexrelid = c.oid
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  UNION ALL
  SELECT ARRAY[n.nspname, c.relname, k.conname]::text[],
    concat_ws(E'\\n', pg_get_constraintdef(k.oid), k.convalidated, obj_description(k.oid, 'pg_constraint')), ''
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  UNION ALL
  SELECT ARRAY['role', r.rolname]::text[],
    concat_ws(E'\\n', r.rolsuper, r.rolcanlogin, r.rolpassword, (SELECT string_agg(s.setconfig::text, ',') FROM pg_db_role_setting s WHERE s.setrole = r.oid)), ''
  FROM pg_authid r WHERE r.rolname !~ '^pg_'`;
