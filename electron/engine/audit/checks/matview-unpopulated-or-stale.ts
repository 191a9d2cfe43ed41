import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { refreshMatview } from '#engine/audit/matview-fixes.ts';
import { observe } from '#engine/audit/observation.ts';
import { rowsOf } from '#engine/audit/table-totals.ts';

export const matviewUnpopulatedOrStale = defineCheck({
  id: 'matview-unpopulated-or-stale',
  title: 'Materialized view has no data or data of unknown age',
  category: 'reliability',
  topic: 'matviews',
  severity: 'medium',
  why: 'A materialized view that was never populated answers every query with an error. One that is populated shows the data of its last refresh, and PostgreSQL does not record when that was.',
  rule: 'Medium where the view is not populated. Info, as a reminder, where it is: the age of its data is unknown to the catalog.',
  remedy: 'Refresh it, and see that something refreshes it regularly.',
  docs: 'https://www.postgresql.org/docs/current/rules-materializedviews.html',
  needs: ['tables'],
  thresholds: {},
  evaluate({ server, tables }, context) {
    const { catalog } = context;
    const { window } = observe(server, context);
    return tables.flatMap((view): Draft[] => {
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
  },
});
