import { formatCountOf } from '#shared/model/format.ts';
import type { IndexFact } from '#shared/model/facts.ts';
import { firstNames, type Practice } from './practice.ts';

/** Index kinds that are praised only when queries use them: an unused clever index is a cost, not a practice. */
export const INDEX_PRACTICES: readonly Practice[] = [
  usedIndexes(
    'composite-indexes',
    'Composite indexes in use',
    'composite index',
    (i) => i.keyColumnCount > 1 && !i.isPrimary,
  ),
  usedIndexes('partial-indexes', 'Partial indexes in use', 'partial index', (i) => i.predicate !== null),
  usedIndexes('gin-indexes', 'GIN indexes in use', 'GIN index', (i) => i.accessMethod === 'gin'),
  usedIndexes(
    'covering-indexes',
    'Covering indexes in use',
    'index with INCLUDE columns',
    (i) => i.columns.length > i.keyColumnCount,
    'indexes with INCLUDE columns',
  ),
  usedIndexes('expression-indexes', 'Expression indexes in use', 'expression index', (i) =>
    i.columns.slice(0, i.keyColumnCount).includes(0),
  ),
];

function usedIndexes(
  id: string,
  title: string,
  one: string,
  matches: (index: IndexFact) => boolean,
  many = `${one}es`,
): Practice {
  return {
    id,
    title,
    judge(facts) {
      // A partitioned index has no counters of its own: its partitions' indexes are counted instead.
      const all = (facts.indexes ?? []).filter(
        (i) => i.isValid && !i.isPartitioned && !i.isExtensionOwned && matches(i),
      );
      const used = all.filter((i) => i.scans > 0).sort((a, b) => b.scans - a.scans);
      if (used.length === 0) return null;
      const scans = used.reduce((sum, i) => sum + i.scans, 0);
      return {
        message: `${used.length} of ${formatCountOf(all.length, one, many)} served ${formatCountOf(scans, 'scan')} since statistics were reset.`,
        evidence: { indexes: all.length, used: used.length, scans, mostUsed: firstNames(used) },
      };
    },
  };
}
