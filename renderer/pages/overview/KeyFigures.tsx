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

/** The numbers one asks for first. What the role may not read says so. */
export function KeyFigures({ facts }: { readonly facts: AuditFacts }): ReactElement {
  const rows = facts.liveRows + facts.deadRows;
  return (
    <section aria-label="Key figures">
      <StatStrip>
        <StatTile
          label="Database size"
          value={known(facts.databaseSizeBytes, formatBytes)}
          note={`${formatBytes(facts.tableBytes)} in tables`}
        />
        <StatTile
          label="Tables"
          value={formatCount(facts.tables)}
          note={formatCountOf(facts.matviews, 'matview')}
        />
        <StatTile label="Indexes" value={formatCount(facts.indexes)} note={formatBytes(facts.indexBytes)} />
        <StatTile
          label="Never scanned"
          value={formatCount(facts.indexesNeverScanned)}
          note={
            facts.indexes > 0
              ? `${formatRatio(facts.indexesNeverScanned / facts.indexes)} of indexes`
              : 'no indexes'
          }
        />
        <StatTile
          label="Removable indexes"
          value={formatCount(facts.indexesRemovable)}
          note={formatBytes(facts.indexesRemovableBytes)}
        />
        <StatTile
          label="Dead rows"
          value={formatCount(facts.deadRows)}
          note={rows > 0 ? `${formatPercent((facts.deadRows / rows) * 100)} of all rows` : 'no rows'}
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
          value={formatCount(facts.foreignKeys)}
          note={formatCountOf(facts.constraints, 'constraint')}
        />
      </StatStrip>
    </section>
  );
}

function known(value: number | null, format: (value: number) => string): string {
  return value === null ? UNKNOWN : format(value);
}
