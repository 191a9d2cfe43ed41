import type { ObjectKind, ObjectRef } from '#shared/model/finding.ts';
import { textOrNull } from '#engine/collect/decode.ts';
import type { Row } from '#engine/postgres/read-session.ts';

/** Reads rows on whatever session is at hand; the text is schema-qualified, so that no search path matters. */
export type ReadRows = (sql: string, values: readonly unknown[]) => Promise<readonly Row[]>;

/** A digest of everything about an object that a plan relies on; null = there is no such object. */
export type GuardState = string | null;

/**
 * What is true of these objects now, in the order of `refs`. They are looked up by name, and their oid is in the
 * digest: an object that was dropped, renamed, altered, or replaced by one of the same name has another state.
 */
export async function guardStates(read: ReadRows, refs: readonly ObjectRef[]): Promise<GuardState[]> {
  const states: GuardState[] = refs.map(() => null);
  const groups = Map.groupBy(
    refs.map((ref, at) => ({ ref, at })),
    ({ ref }) => FAMILY_OF[ref.kind] ?? 'constant',
  );
  for (const [family, members] of groups) {
    if (family === 'constant') {
      for (const { at } of members) states[at] = CONSTANT;
      continue;
    }
    const rows = await read(digested(STATE_SQL[family]), [
      members.map(({ ref }) => ref.schema ?? ''),
      members.map(({ ref }) => ref.table ?? ''),
      members.map(({ ref }) => (ref.kind === 'session' ? ref.name.replace(/^pid /, '') : ref.name)),
      members.map(({ ref }) => String(ref.oid)),
    ]);
    for (const [position, state] of rows) {
      const member = members[Number(position) - 1];
      if (member) states[member.at] = textOrNull(state);
    }
  }
  return states;
}

/** For what has no state of its own: the server as a whole, a statement's counters. */
const CONSTANT = 'constant';

type Family =
  | 'relation'
  | 'column'
  | 'constraint'
  | 'trigger'
  | 'policy'
  | 'function'
  | 'role'
  | 'setting'
  | 'extension'
  | 'schema'
  | 'database'
  | 'session'
  | 'slot'
  | 'transaction';

const FAMILY_OF: Readonly<Partial<Record<ObjectKind, Family>>> = {
  table: 'relation',
  matview: 'relation',
  view: 'relation',
  index: 'relation',
  sequence: 'relation',
  column: 'column',
  constraint: 'constraint',
  trigger: 'trigger',
  policy: 'policy',
  function: 'function',
  role: 'role',
  setting: 'setting',
  extension: 'extension',
  schema: 'schema',
  database: 'database',
  session: 'session',
  slot: 'slot',
  transaction: 'transaction',
};

/** One row per object that exists: its position and the digest of its state. */
function digested(stateSql: string): string {
  return `SELECT w.position, pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(s.state, 'UTF8')), 'hex')
    FROM ROWS FROM (
      pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]),
      pg_catalog.unnest($3::pg_catalog.text[]), pg_catalog.unnest($4::pg_catalog.text[])
    ) WITH ORDINALITY AS w (schema, rel, name, oid, position)
    CROSS JOIN LATERAL (${stateSql}) AS s (state)`;
}

const RELATION_STATE = `pg_catalog.jsonb_build_array(
  c.oid, c.relkind, c.relowner, c.reloptions, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.reltablespace,
  c.relacl,
  CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END,
  (SELECT pg_catalog.jsonb_build_array(pg_catalog.pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered, i.indisreplident,
     (SELECT pg_catalog.min(k.oid::pg_catalog.text) FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')))
   FROM pg_catalog.pg_index i WHERE i.indexrelid = c.oid),
  (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attstattarget, a.attoptions) ORDER BY a.attnum)
   FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'i'),
  (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(i.indexrelid, x.relname, i.indisvalid) ORDER BY i.indexrelid)
   FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid),
  (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(k.oid, k.conname, k.contype, k.convalidated, k.confdeltype) ORDER BY k.oid)
   FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid),
  (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(t.oid, t.tgname, t.tgenabled) ORDER BY t.oid)
   FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal),
  (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(p.oid, p.polname) ORDER BY p.oid)
   FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid))::pg_catalog.text`;

const OF_RELATION = (
  name: string,
): string => `pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = w.schema AND c.relname = ${name}`;

/** Each may use `w`: schema, rel (the table), name, oid as texts. */
const STATE_SQL: Readonly<Record<Family, string>> = {
  relation: `SELECT ${RELATION_STATE} FROM ${OF_RELATION('w.name')}`,
  column: `SELECT ${RELATION_STATE} FROM ${OF_RELATION('w.rel')}`,
  constraint: `SELECT pg_catalog.concat_ws('|', k.oid, k.conrelid, k.contype, k.convalidated, pg_catalog.pg_get_constraintdef(k.oid))
    FROM pg_catalog.pg_constraint k WHERE k.conname = w.name AND k.conrelid = (SELECT c.oid FROM ${OF_RELATION('w.rel')})`,
  trigger: `SELECT pg_catalog.concat_ws('|', t.oid, t.tgrelid, t.tgenabled, pg_catalog.pg_get_triggerdef(t.oid))
    FROM pg_catalog.pg_trigger t WHERE t.tgname = w.name AND t.tgrelid = (SELECT c.oid FROM ${OF_RELATION('w.rel')})`,
  policy: `SELECT pg_catalog.concat_ws('|', p.oid, p.polrelid, p.polcmd, p.polpermissive, p.polroles,
      pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
    FROM pg_catalog.pg_policy p WHERE p.polname = w.name AND p.polrelid = (SELECT c.oid FROM ${OF_RELATION('w.rel')})`,
  // By oid: a name alone may be one of several.
  function: `SELECT pg_catalog.concat_ws('|', p.oid, p.proname, p.prosrc, p.proconfig, p.proacl, p.prosecdef, p.provolatile)
    FROM pg_catalog.pg_proc p WHERE p.oid = w.oid::pg_catalog.oid
      AND (w.name = p.proname OR pg_catalog.starts_with(w.name, p.proname || '('))`,
  role: `SELECT pg_catalog.concat_ws('|', r.oid, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication,
      r.rolbypassrls, r.rolconnlimit, r.rolvaliduntil,
      (SELECT pg_catalog.string_agg(pg_catalog.concat_ws('/', s.setdatabase, s.setconfig), ',' ORDER BY s.setdatabase)
       FROM pg_catalog.pg_db_role_setting s WHERE s.setrole = r.oid))
    FROM pg_catalog.pg_roles r WHERE r.rolname = w.name`,
  // reset_val: our own session sets some of them for itself.
  setting: `SELECT pg_catalog.concat_ws('|', s.name, s.reset_val, s.context)
    FROM pg_catalog.pg_settings s WHERE pg_catalog.lower(s.name) = pg_catalog.lower(w.name)`,
  extension: `SELECT pg_catalog.concat_ws('|', e.oid, e.extversion, e.extnamespace)
    FROM pg_catalog.pg_extension e WHERE e.extname = w.name`,
  schema: `SELECT pg_catalog.concat_ws('|', n.oid, n.nspowner, n.nspacl) FROM pg_catalog.pg_namespace n WHERE n.nspname = w.name`,
  database: `SELECT pg_catalog.concat_ws('|', d.oid, d.datdba, d.datacl, d.datconnlimit,
      (SELECT pg_catalog.string_agg(s.setconfig::pg_catalog.text, ',') FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = d.oid AND s.setrole = 0))
    FROM pg_catalog.pg_database d WHERE d.datname = w.name`,
  session: `SELECT pg_catalog.concat_ws('|', a.pid, a.backend_start, a.usesysid)
    FROM pg_catalog.pg_stat_activity a WHERE a.pid::pg_catalog.text = w.name`,
  slot: `SELECT pg_catalog.concat_ws('|', r.slot_name, r.slot_type, r.plugin, r.database, r.active)
    FROM pg_catalog.pg_replication_slots r WHERE r.slot_name = w.name`,
  transaction: `SELECT pg_catalog.concat_ws('|', x.transaction, x.prepared, x.owner, x.database)
    FROM pg_catalog.pg_prepared_xacts x WHERE x.gid = w.name`,
};
