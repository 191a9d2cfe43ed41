import type { ExpectedView, TableFact } from '#shared/model/facts.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { createMatview, refreshMatview } from '#engine/audit/matview-fixes.ts';
import { observe } from '#engine/audit/observation.ts';
import { rowsOf } from '#engine/audit/table-totals.ts';

export const matviewUnpopulatedOrStale = defineCheck({
  id: 'matview-unpopulated-or-stale',
  title: 'Materialized view is missing, has no data, or data of unknown age',
  category: 'reliability',
  topic: 'matviews',
  severity: 'medium',
  why: 'A materialized view that is not there or was never populated answers every query with an error. One that is populated shows the data of its last refresh, and PostgreSQL does not record when that was.',
  rule: 'Medium where the view is not populated, or is on the list of expected views and missing. Info, as a reminder, where it is: the age of its data is unknown to the catalog.',
  remedy: 'Create or refresh it, and see that something refreshes it regularly.',
  docs: 'https://www.postgresql.org/docs/current/rules-materializedviews.html',
  needs: ['tables'],
  wants: ['expectedViews'],
  thresholds: {},
  evaluate({ server, tables, expectedViews }, context) {
    const { catalog } = context;
    const { window } = observe(server, context);
    const missing = missingViews(expectedViews ?? [], tables, catalog);
    const present = tables.flatMap((view): Draft[] => {
      if (view.kind !== 'm' || view.isExtensionOwned) return [];
      const name = catalog.label(view);
      const rowsChanged = view.inserted + view.updated + view.deleted;
      const evidence = {
        populated: view.isPopulated,
        sizeBytes: view.sizeBytes,
        viewRows: rowsOf(view),
        // A refresh counts the rows it writes, so 0 says: none brought a row in this window.
        refreshedRows: rowsChanged,
        scans: view.seqScans + view.indexScans,
      };
      if (view.isPopulated) {
        return [
          {
            severity: 'info',
            confidence: 'review',
            confidenceReason: 'PostgreSQL does not record when a materialized view was refreshed.',
            object: catalog.tableRef(view),
            message: `When ${name} was last refreshed is unknown${rowsChanged === 0 ? '; no refresh brought a row since the counters began' : ''}.`,
            evidence,
            window,
          },
        ];
      }
      return [
        {
          severity: 'medium',
          confidence: 'certain',
          confidenceReason: 'Read from the catalog.',
          object: catalog.tableRef(view),
          message: `${name} has not been populated: every query on it fails.`,
          evidence,
          window,
          gain: { text: 'Queries on the view work' },
          fix: refreshMatview(view, false, catalog, [
            'CONCURRENTLY is not possible for the first refresh. It runs the query of the view and takes as long.',
          ]),
        },
      ];
    });
    return [...present, ...missing];
  },
});

function missingViews(
  expected: readonly ExpectedView[],
  tables: readonly TableFact[],
  catalog: Catalog,
): Draft[] {
  const there = new Set(tables.filter(({ kind }) => kind === 'm').map((view) => catalog.label(view)));
  return expected
    .filter((view) => !there.has(catalog.label(view)))
    .map(({ schema, name, statements }) => ({
      severity: 'medium',
      confidence: 'certain',
      confidenceReason: 'It is on the list of expected views, and the catalog does not have it.',
      object: { kind: 'matview', oid: 0, schema, name, table: null },
      message: `${catalog.label({ schema, name })} is expected but not there: every query on it fails.`,
      evidence: { isKnown: statements.length > 0 },
      gain: { text: 'Queries on the view work' },
      fix: createMatview({ schema, name }, statements, catalog),
    }));
}
