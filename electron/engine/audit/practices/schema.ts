import { formatCountOf } from '#shared/model/format.ts';
import type { ConstraintFact, Facts, TableFact } from '#shared/model/facts.ts';
import { designedTables, firstNames, percentOf, type Practice } from './practice.ts';

// pg_type.dat: oids of built-in types never change.
const INSTANT_TYPES = new Set([1082, 1114, 1184]);
const BOOLEAN_TYPE = 16;
const CREATED = new Set(['created', 'created_at', 'createdat', 'created_on', 'created_date', 'inserted_at']);
const UPDATED = new Set(['updated', 'updated_at', 'updatedat', 'updated_on', 'modified_at', 'last_modified']);

/** How the schema is designed. Shares are of tables that people made: no partitions, no extensions' tables. */
export const SCHEMA_PRACTICES: readonly Practice[] = [
  {
    id: 'primary-keys',
    title: 'Every table has a primary key',
    judge({ tables, constraints }, catalog) {
      const designed = designedTables(tables ?? []);
      if (!constraints || designed.length === 0) return null;
      if (!designed.every((t) => catalog.constraintsOf(t.oid).some((c) => c.type === 'p'))) return null;
      return {
        message: `All ${formatCountOf(designed.length, 'table')} have a primary key.`,
        evidence: { tables: designed.length, withPrimaryKeyPercent: 100 },
      };
    },
  },
  constraintUse('foreign-keys', 'Foreign keys protect references', 'f', 'foreign key', 30),
  constraintUse('unique-constraints', 'Unique constraints in use', 'u', 'unique constraint', 20),
  constraintUse('check-constraints', 'Check constraints in use', 'c', 'check constraint', 10),
  {
    id: 'not-null-columns',
    title: 'Most columns are NOT NULL',
    judge({ tables, columns }) {
      if (!tables || !columns) return null;
      const designed = new Set(designedTables(tables).map((t) => t.oid));
      let all = 0;
      let notNull = 0;
      for (let at = 0; at < columns.tableOid.length; at += 1) {
        if (!designed.has(columns.tableOid[at] ?? 0)) continue;
        all += 1;
        if (columns.notNull[at]) notNull += 1;
      }
      const notNullPercent = percentOf(notNull, all);
      if (all === 0 || notNullPercent < 50) return null;
      return {
        message: `${notNull} of ${formatCountOf(all, 'column')} are NOT NULL (${notNullPercent} %).`,
        evidence: { columns: all, notNull, notNullPercent },
      };
    },
  },
  {
    id: 'identity-columns',
    title: 'Identity columns instead of serial',
    judge({ sequences }) {
      const own = (sequences ?? []).filter((s) => !s.isExtensionOwned);
      const identity = own.filter((s) => s.link === 'identity').length;
      const serial = own.filter((s) => s.link === 'serial').length;
      if (identity <= serial) return null;
      return {
        message: `${formatCountOf(identity, 'identity column')} and ${formatCountOf(serial, 'serial column')}.`,
        evidence: { identityColumns: identity, serialColumns: serial },
      };
    },
  },
  {
    id: 'materialized-views',
    title: 'Materialized views hold prepared results',
    judge({ tables }) {
      const views = (tables ?? []).filter((t) => t.kind === 'm' && t.isPopulated && !t.isExtensionOwned);
      if (views.length === 0) return null;
      return {
        message: `${formatCountOf(views.length, 'materialized view')} populated.`,
        evidence: { populated: views.length, names: firstNames(views) },
      };
    },
  },
  columnUse(
    'timestamps',
    'Rows carry timestamps',
    50,
    'created_at or updated_at',
    (name, type) => INSTANT_TYPES.has(type) && (CREATED.has(name) || UPDATED.has(name)),
  ),
  columnUse('soft-delete', 'Soft delete', 0, 'deleted_at or is_deleted', (name, type) =>
    INSTANT_TYPES.has(type)
      ? name === 'deleted_at' || name === 'deletedat'
      : type === BOOLEAN_TYPE && /^(is_?)?deleted$/.test(name),
  ),
  {
    id: 'plain-names',
    title: 'Names need no quoting',
    judge({ tables, columns }) {
      const designed = designedTables(tables ?? []);
      if (!columns || designed.length < 3) return null;
      const oids = new Set(designed.map((t) => t.oid));
      // The same few column names come back in most tables: each is looked at once.
      const distinct = new Set(designed.map((t) => t.name));
      let count = designed.length;
      for (let at = 0; at < columns.tableOid.length; at += 1) {
        if (!oids.has(columns.tableOid[at] ?? 0)) continue;
        distinct.add(columns.name[at] ?? '');
        count += 1;
      }
      for (const name of distinct) if (!/^[a-z_][a-z0-9_]*$/.test(name)) return null;
      return {
        message: `All ${count} table and column names are lower case with underscores.`,
        evidence: { tables: designed.length, names: count },
      };
    },
  },
];

function constraintUse(
  id: string,
  title: string,
  type: ConstraintFact['type'],
  noun: string,
  leastPercent: number,
): Practice {
  return {
    id,
    title,
    judge({ tables, constraints }, catalog) {
      const designed = designedTables(tables ?? []);
      if (!constraints || designed.length === 0) return null;
      const own = (t: TableFact): ConstraintFact[] =>
        catalog.constraintsOf(t.oid).filter((c) => c.type === type);
      const protectedTables = designed.filter((t) => own(t).length > 0);
      const share = percentOf(protectedTables.length, designed.length);
      if (protectedTables.length === 0 || share < leastPercent) return null;
      const all = protectedTables.flatMap(own);
      return {
        message: `${formatCountOf(all.length, noun)} on ${protectedTables.length} of ${formatCountOf(designed.length, 'table')} (${share} %).`,
        evidence: {
          constraints: all.length,
          notValidated: all.filter((c) => !c.isValidated).length,
          tables: designed.length,
          tablesWithPercent: share,
        },
      };
    },
  };
}

function columnUse(
  id: string,
  title: string,
  leastPercent: number,
  shown: string,
  matches: (name: string, typeOid: number) => boolean,
): Practice {
  return {
    id,
    title,
    judge({ tables, columns }) {
      if (!tables || !columns) return null;
      const designed = designedTables(tables);
      const having = tablesWithColumn(columns, matches);
      const found = designed.filter((t) => having.has(t.oid));
      const share = percentOf(found.length, designed.length);
      if (found.length === 0 || share < leastPercent) return null;
      return {
        message: `${found.length} of ${formatCountOf(designed.length, 'table')} have ${shown} (${share} %).`,
        evidence: {
          tables: designed.length,
          tablesWith: found.length,
          tablesWithPercent: share,
          names: firstNames(found),
        },
      };
    },
  };
}

function tablesWithColumn(
  columns: Facts['columns'],
  matches: (name: string, typeOid: number) => boolean,
): ReadonlySet<number> {
  const found = new Set<number>();
  for (let at = 0; at < columns.tableOid.length; at += 1) {
    const type = columns.typeOid[at] ?? 0;
    // The type rules most columns out before a string is made of their name.
    const mayMatch = INSTANT_TYPES.has(type) || type === BOOLEAN_TYPE;
    if (mayMatch && matches((columns.name[at] ?? '').toLowerCase(), type))
      found.add(columns.tableOid[at] ?? 0);
  }
  return found;
}
