import type { TableFact } from '#shared/model/facts.ts';
import { refreshMatview } from '#engine/audit/matview-fixes.ts';
import { servesConcurrentRefresh } from '#engine/audit/matview-keys.ts';
import { quoteLiteral, quoteQualified } from '#engine/postgres/quote.ts';
import type { MeasureSpec } from '../plan.ts';
import { type ActionBuilder, type Built, missing, refused } from './action.ts';

/** A rough pace: the query of the view costs more than writing its rows. */
const BYTES_PER_MS = 10_000;
/** Larger views are not counted: that would take longer than it tells. */
const MOST_COUNTED_BYTES = 256 * 1024 * 1024;

export const refreshView: ActionBuilder<'refresh-matview'> = {
  needs: ['tables', 'indexes'],
  build: ({ matview, isConcurrent }, { catalog, snapshot }): Built => {
    const view = catalog.table(matview);
    if (!view || view.kind !== 'm') throw missing('This materialized view');
    const label = catalog.label(view);
    // The server would refuse both: 55000 and 0A000 (reliability.md F74).
    const plain = `Refresh it without CONCURRENTLY: nobody can read ${label} until that is done.`;
    if (isConcurrent && !view.isPopulated)
      throw refused(`${label} holds no data yet, so it cannot be refreshed while it is read.`, plain);
    const { versionNum } = snapshot.facts.server;
    if (isConcurrent && !catalog.indexesOf(matview).some((i) => servesConcurrentRefresh(i, versionNum)))
      throw refused(
        `${label} has no unique index on plain columns of all its rows, which a refresh while it is read needs.`,
        `${plain} Or create such an index first.`,
      );
    const fix = refreshMatview(view, isConcurrent, catalog);
    return {
      title: fix.title,
      verb: 'Refresh',
      drafts: [
        {
          fix,
          object: catalog.tableRef(view),
          measures: refreshMeasures(view),
          estimateMs: view.isPopulated ? view.sizeBytes / BYTES_PER_MS : null,
        },
      ],
    };
  },
};

/** Also for a refresh that a finding asks for. */
export function refreshMeasures(view: TableFact): MeasureSpec[] {
  return [sizeOf(view), ...(view.sizeBytes <= MOST_COUNTED_BYTES ? [rowsIn(view)] : [])];
}

/** By name: a refresh gives it another file, not another oid, but it may be replaced in between. */
function sizeOf({ schema, name }: TableFact): MeasureSpec {
  return {
    label: 'Size with indexes',
    unit: 'bytes',
    sql: `SELECT pg_catalog.pg_total_relation_size(c.oid) FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ${quoteLiteral(schema)} AND c.relname = ${quoteLiteral(name)}`,
  };
}

/** Null before the first refresh: it cannot be read then. */
function rowsIn({ schema, name }: TableFact): MeasureSpec {
  return { label: 'Rows', unit: 'rows', sql: `SELECT count(*) FROM ${quoteQualified(schema, name)}` };
}
