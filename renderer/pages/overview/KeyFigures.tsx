import type { ReactElement } from 'react';
import type { AuditFacts } from '#shared/model/audit.ts';
import {
  formatBytes,
  formatCount,
  formatCountOf,
  formatDuration,
  formatPercent,
  formatRatio,
  UNKNOWN,
} from '#shared/model/format.ts';
import { StatStrip, StatTile } from '#renderer/components/StatTile.tsx';

const DAY_MS = 86_400_000;
const NOT_READ = 'could not be read';

/** The numbers one asks for first. What the role may not read says so. */
export function KeyFigures({ facts }: { readonly facts: AuditFacts }): ReactElement {
  const { deadRows, indexes, indexesNeverScanned } = facts;
  const rows = (facts.liveRows ?? 0) + (deadRows ?? 0);
  return (
    <section aria-label="Key figures">
      <StatStrip>
        <StatTile
          label="Database size"
          value={known(facts.databaseSizeBytes, formatBytes)}
          note={`${known(facts.tableBytes, formatBytes)} in tables`}
        />
        <StatTile
          label="Tables"
          value={known(facts.tables, formatCount)}
          note={facts.matviews === null ? NOT_READ : formatCountOf(facts.matviews, 'matview')}
        />
        <StatTile
          label="Indexes"
          value={known(indexes, formatCount)}
          note={facts.indexBytes === null ? NOT_READ : formatBytes(facts.indexBytes)}
        />
        <StatTile
          label="Never scanned"
          value={known(indexesNeverScanned, formatCount)}
          note={
            indexes === null || indexesNeverScanned === null
              ? NOT_READ
              : indexes > 0
                ? `${formatRatio(indexesNeverScanned / indexes)} of indexes`
                : 'no indexes'
          }
        />
        <StatTile
          label="Removable indexes"
          value={known(facts.indexesRemovable, formatCount)}
          note={facts.indexesRemovableBytes === null ? NOT_READ : formatBytes(facts.indexesRemovableBytes)}
        />
        <StatTile
          label="Dead rows"
          value={known(deadRows, formatCount)}
          note={
            deadRows === null
              ? NOT_READ
              : rows > 0
                ? `${formatPercent((deadRows / rows) * 100)} of all rows`
                : 'no rows'
          }
        />
        <StatTile
          label="Connections"
          value={
            facts.connections === null || facts.connectionsLimit === null
              ? known(facts.connections, formatCount)
              : `${formatCount(facts.connections)} of ${formatCount(facts.connectionsLimit)}`
          }
          note={facts.connectionsLimit === null ? 'the limit is hidden' : 'plus reserved and ours'}
        />
        <StatTile
          label="Cache hit"
          value={known(facts.cacheHitRatio, formatRatio)}
          note="over the counters’ life"
        />
        <StatTile
          label="Oldest transaction"
          value={known(facts.oldestTransactionMs, (ms) => (ms === 0 ? 'none' : formatDuration(ms)))}
          note="open now"
        />
        <StatTile
          label="Freeze age"
          value={known(facts.freezeShare, formatRatio)}
          note="of the transaction ID limit"
        />
        <StatTile
          label="Statistics"
          value={facts.statisticsAgeDays === null ? 'all' : formatDuration(facts.statisticsAgeDays * DAY_MS)}
          note={facts.statisticsAgeDays === null ? 'never reset' : 'since the last reset'}
        />
        <StatTile
          label="Foreign keys"
          value={known(facts.foreignKeys, formatCount)}
          note={facts.constraints === null ? NOT_READ : formatCountOf(facts.constraints, 'constraint')}
        />
      </StatStrip>
    </section>
  );
}

function known(value: number | null, format: (value: number) => string): string {
  return value === null ? UNKNOWN : format(value);
}
