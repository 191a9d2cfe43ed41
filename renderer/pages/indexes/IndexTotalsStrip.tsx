import type { ReactElement } from 'react';
import type { IndexTotals } from '#shared/model/indexes.ts';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import { StatStrip, StatTile } from '#renderer/components/StatTile.tsx';

export function IndexTotalsStrip({ totals }: { readonly totals: IndexTotals }): ReactElement {
  return (
    <section aria-label="Totals">
      <StatStrip>
        <StatTile label="Indexes" value={formatCount(totals.indexes)} note={formatBytes(totals.sizeBytes)} />
        <StatTile
          label="Never scanned"
          value={formatCount(totals.neverScanned)}
          note={formatBytes(totals.neverScannedBytes)}
        />
        <StatTile
          label="Removable"
          value={formatCount(totals.removable)}
          note={formatBytes(totals.removableBytes)}
        />
        <StatTile
          label="Duplicates"
          value={formatCount(totals.duplicates)}
          note={formatBytes(totals.duplicateBytes)}
        />
        <StatTile
          label="Invalid"
          value={formatCount(totals.invalid)}
          note={totals.invalid === 0 ? 'as it should be' : formatBytes(totals.invalidBytes)}
        />
        <StatTile
          label="Wasted"
          value={formatBytes(totals.wastedBytes)}
          note={`by ${formatCount(totals.wasted)}, each once`}
        />
      </StatStrip>
    </section>
  );
}
