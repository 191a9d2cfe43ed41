import type { ObjectRef } from '#shared/model/finding.ts';
import type { Leftover } from '#shared/model/plan.ts';
import { quoteQualified } from '#engine/postgres/quote.ts';
import type { IndexState } from '#engine/store/journal.ts';
import type { ReadRows } from './guards.ts';

/** Every index of the tables that a plan is about, by oid. */
export async function indexStates(
  read: ReadRows,
  refs: readonly ObjectRef[],
): Promise<readonly FoundIndex[]> {
  const tables = refs.filter(({ kind }) => kind === 'table' || kind === 'matview' || kind === 'index');
  const rows = await read(INDEXES_SQL, [
    tables.map(({ schema }) => schema ?? ''),
    tables.map(({ kind, table, name }) => (kind === 'index' ? (table ?? '') : name)),
    tables.map(({ kind, name }) => (kind === 'index' ? name : '')),
  ]);
  return rows.map(([oid, schema, table, name, isValid]) => ({
    oid: Number(oid),
    schema: String(schema),
    table: String(table),
    name: String(name),
    isValid: isValid === true,
  }));
}

export interface FoundIndex extends IndexState {
  readonly schema: string;
  readonly table: string;
}

/** Also by the name of an index, for an index whose table the plan does not name. */
const INDEXES_SQL = `SELECT DISTINCT i.indexrelid, n.nspname, t.relname, x.relname, i.indisvalid
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[])) AS w (schema, rel, index)
  JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
  JOIN pg_catalog.pg_class t ON t.relnamespace = n.oid
  JOIN pg_catalog.pg_index i ON i.indrelid = t.oid
  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  WHERE t.relname = w.rel OR (w.rel = '' AND x.relname = w.index)`;

/**
 * What an interrupted statement left: INVALID indexes that this job made (not there before), the old copy that REINDEX
 * renamed (there and valid before), and what DROP had begun to drop. Never one that was INVALID before.
 */
export function leftoversOf(
  before: readonly IndexState[],
  now: readonly FoundIndex[],
): readonly FoundLeftover[] {
  const known = new Map(before.map((index) => [index.oid, index]));
  return now.flatMap((index): FoundLeftover[] => {
    if (index.isValid) return [];
    const earlier = known.get(index.oid);
    if (!earlier) return [{ ...index, from: 'build' }];
    if (!earlier.isValid) return [];
    // Renamed by the swap of REINDEX: the new index has its name, and serves.
    return [{ ...index, from: earlier.name === index.name ? 'drop' : 'build' }];
  });
}

export interface FoundLeftover extends FoundIndex {
  readonly from: Leftover['from'];
}

/** Nobody uses an INVALID index, so nobody is cut off; CONCURRENTLY, so that nobody waits either. */
export function dropLeftover(leftover: Pick<FoundIndex, 'schema' | 'name'>): string {
  return `DROP INDEX CONCURRENTLY ${quoteQualified(leftover.schema, leftover.name)}`;
}
