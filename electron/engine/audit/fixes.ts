import type { Fix } from '#shared/model/finding.ts';
import type { IndexFact, TableFact } from '#shared/model/facts.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Catalog } from './catalog.ts';
import { indexDefinition } from './definitions.ts';

/** Builders of fix text, so that each kind of change names its lock, risk and undo in one place. */

/** `shown` names what is touched, as in "orders". */
export const ONLINE = (shown: string): string =>
  `Reads and writes of ${shown} go on; only other schema changes and VACUUM on it wait.`;
export const BRIEF_EXCLUSIVE = (shown: string): string =>
  `Nobody can read or write ${shown} for a moment; with lock_timeout set it gives up instead of queueing others.`;

export function dropIndex(index: IndexFact, catalog: Catalog, notes: readonly string[] = []): Fix {
  const definition = indexDefinition(index, catalog, { concurrently: true });
  const table = catalog.table(index.tableOid);
  return {
    title: `Drop the index ${index.name}`,
    sql: [`DROP INDEX CONCURRENTLY ${catalog.quoted(index)}`],
    undo: definition ? [definition] : [],
    risk: 'R4',
    lock: 'SHARE UPDATE EXCLUSIVE',
    lockInWords: `${ONLINE(table ? catalog.label(table) : index.name)} It waits for transactions that started before it.`,
    inTransaction: false,
    notes: definition ? notes : [...notes, 'Its definition could not be read, so there is no undo text.'],
  };
}

export function reindexConcurrently(index: IndexFact, catalog: Catalog, notes: readonly string[] = []): Fix {
  const table = catalog.table(index.tableOid);
  return {
    title: `Rebuild the index ${index.name}`,
    sql: [`REINDEX INDEX CONCURRENTLY ${catalog.quoted(index)}`],
    undo: [],
    risk: 'R2',
    lock: 'SHARE UPDATE EXCLUSIVE',
    lockInWords: `${ONLINE(table ? catalog.label(table) : index.name)} It needs room for a second copy of the index.`,
    inTransaction: false,
    notes: [...notes, 'Nothing to undo: the definition stays the same.'],
  };
}

/** `columns` is the quoted column list, for example `"user_id", "created_at" DESC`. */
export function createIndex(
  table: TableFact,
  name: string,
  columns: string,
  catalog: Catalog,
  options: { readonly unique?: boolean; readonly where?: string; readonly notes?: readonly string[] } = {},
): Fix {
  const where = options.where ? ` WHERE ${options.where}` : '';
  return {
    title: `Create ${options.unique ? 'a unique' : 'an'} index on ${catalog.label(table)}`,
    sql: [
      `CREATE ${options.unique ? 'UNIQUE ' : ''}INDEX CONCURRENTLY ${quoteIdentifier(name)} ON ${catalog.quoted(table)} (${columns})${where}`,
    ],
    undo: [`DROP INDEX CONCURRENTLY ${catalog.quoted({ schema: table.schema, name })}`],
    risk: 'R2',
    lock: 'SHARE UPDATE EXCLUSIVE',
    lockInWords: `${ONLINE(catalog.label(table))} If it fails, an invalid index is left behind and must be dropped.`,
    inTransaction: false,
    notes: options.notes ?? [],
  };
}

/** `options` is what goes in the parentheses: "", "ANALYZE", "FREEZE, VERBOSE". */
export function vacuumTable(
  table: TableFact,
  catalog: Catalog,
  options: string,
  notes: readonly string[] = [],
): Fix {
  return {
    title: `Vacuum ${catalog.label(table)}`,
    sql: [`VACUUM ${options ? `(${options}) ` : ''}${catalog.quoted(table)}`],
    undo: [],
    risk: 'R2',
    lock: 'SHARE UPDATE EXCLUSIVE',
    lockInWords: ONLINE(catalog.label(table)),
    inTransaction: false,
    notes: [...notes, 'Nothing to undo: it removes only what no transaction can see.'],
  };
}

export function analyzeTable(table: TableFact, catalog: Catalog, notes: readonly string[] = []): Fix {
  return {
    title: `Analyze ${catalog.label(table)}`,
    sql: [`ANALYZE ${catalog.quoted(table)}`],
    undo: [],
    risk: 'R1',
    lock: 'SHARE UPDATE EXCLUSIVE',
    lockInWords: ONLINE(catalog.label(table)),
    inTransaction: true,
    notes: [...notes, "Nothing to undo: it only refreshes the planner's statistics."],
  };
}

/** For anything else: plain statements with their words. */
export function statementFix(
  fix: Pick<Fix, 'title' | 'sql' | 'undo' | 'risk' | 'lock' | 'lockInWords'> & Partial<Fix>,
): Fix {
  return { inTransaction: true, notes: [], ...fix };
}

/** Advice without SQL: someone has to do it by hand. */
export function guidedFix(title: string, notes: readonly string[]): Fix {
  return {
    title,
    sql: [],
    undo: [],
    risk: 'R1',
    lock: 'none',
    lockInWords: 'Nothing is run.',
    inTransaction: true,
    notes,
  };
}
