import type { IndexFact, TableFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import { formatCount, formatPercent } from '#shared/model/format.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { describeIndexColumns } from '#engine/audit/definitions.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { fillFactorOf, leaveRoom } from '#engine/audit/hot-updates.ts';

export const hotUpdatesBlocked = defineCheck({
  id: 'hot-updates-blocked',
  title: 'Updates have to touch every index',
  category: 'performance',
  topic: 'table health',
  severity: 'low',
  why: 'A heap-only (HOT) update stays on its page and leaves indexes alone. Where the page is full, or an indexed column changes, every index of the table gets a new entry: more writes, more WAL, more bloat.',
  rule: 'From 16 on, tables with at least 10,000 updates: low where 30 % or more of them had to go to another page (no room), or where less than 10 % of those that stayed on their page were HOT (an indexed column changes).',
  remedy:
    'Leave room on the pages with fillfactor = 90, or drop the index on the column that changes all the time.',
  docs: 'https://www.postgresql.org/docs/current/storage-hot.html',
  needs: ['tables'],
  wants: ['indexes', 'columns'],
  thresholds: { minimumUpdates: 10_000, newPagePercent: 30, hotPercent: 10 },
  evaluate({ tables, server }, { catalog, limit, statisticsWindow }) {
    if (server.versionNum < 160000) {
      return { notApplicable: 'Before version 16, updates that move to another page are not counted.' };
    }
    if (server.isStandby) return { notApplicable: 'Updates are counted on the primary.' };
    return tables.flatMap((table): Draft[] => {
      if (table.newPageUpdated === null || table.updated < limit('minimumUpdates')) return [];
      const newPagePercent = (table.newPageUpdated / table.updated) * 100;
      const stayed = table.updated - table.newPageUpdated;
      const hotPercent = stayed > 0 ? (table.hotUpdated / stayed) * 100 : null;
      const lacksRoom = newPagePercent >= limit('newPagePercent');
      const isIndexed = hotPercent !== null && hotPercent < limit('hotPercent');
      const indexes = catalog.indexesOf(table.oid);
      // Without an index every update that finds room is HOT; there is nothing to gain.
      if ((!lacksRoom && !isIndexed) || indexes.length === 0) return [];
      const fillFactor = fillFactorOf(table);
      return [
        {
          severity: 'low',
          confidence: 'likely',
          confidenceReason:
            'Counted over the life of the counters; bulk updates of the past weigh as much as daily work.',
          object: catalog.tableRef(table),
          message: lacksRoom
            ? `${formatPercent(newPagePercent)} of the ${formatCount(table.updated)} updates of ${catalog.label(table)} found no room on their page (fillfactor ${fillFactor}).`
            : `Only ${formatPercent(hotPercent ?? 0)} of the updates of ${catalog.label(table)} that stayed on their page were HOT: an indexed column changes.`,
          evidence: {
            updates: table.updated,
            hotUpdates: table.hotUpdated,
            newPageUpdates: table.newPageUpdated,
            newPagePercent: Math.round(newPagePercent * 10) / 10,
            hotOfSamePagePercent: hotPercent === null ? null : Math.round(hotPercent * 10) / 10,
            fillFactorPercent: fillFactor,
            indexes: indexes.map((index) => `${index.name} (${describeIndexColumns(index, catalog)})`),
          },
          window: statisticsWindow,
          gain: { text: 'Fewer index writes and less bloat' },
          fix: lacksRoom ? leaveRoom(table, catalog) : indexAdvice(table, indexes, catalog),
        },
      ];
    });
  },
});

function indexAdvice(table: TableFact, indexes: readonly IndexFact[], catalog: Catalog): Fix {
  const plain = indexes.filter((index) => index.constraintOid === null && !index.isUnique);
  return guidedFix(`Find the indexed column of ${catalog.label(table)} that changes`, [
    'Compare the SET lists of its UPDATE statements with the index columns listed as evidence.',
    plain.length > 0
      ? `Indexes without a constraint, of which one may go: ${plain.map((index) => index.name).join(', ')}.`
      : 'All its indexes carry constraints: only the application can change the column less often.',
    'BRIN indexes do not stand in the way of HOT updates from version 16 on.',
  ]);
}
