import type { ReactElement } from 'react';
import { formatBytes, formatCount, formatDuration, formatPercent } from '#shared/model/format.ts';
import type { StatisticsOverview } from '#shared/model/statistics.ts';
import { useInsight } from '#renderer/api/insight.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';
import { type PageTab, PageTabs, tabOf } from '#renderer/components/PageTabs.tsx';
import { StatStrip, StatTile } from '#renderer/components/StatTile.tsx';
import { CategoriesTab } from './CategoriesTab.tsx';
import { RelationsTab } from './RelationsTab.tsx';
import { ServerTab } from './ServerTab.tsx';
import { SizesTab } from './SizesTab.tsx';

type Tab = 'relations' | 'categories' | 'databases' | 'server';

/** How large is it, how does it grow, and how busy is it? */
export function StatisticsPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(
    connectionId,
    'statistics',
    (client, input, options) => client.statistics.overview(input, options),
    { needsSecond: ({ databaseDelta }) => databaseDelta === null },
  );
  const { get, set } = useAddressState();
  return (
    <InsightPage
      title="Statistics"
      question="How large is it, how does it grow, and how busy is it?"
      insight={insight}
    >
      {(data, { readAt }) => {
        const tabs: PageTab<Tab>[] = [
          { id: 'relations', title: 'Tables' },
          { id: 'categories', title: 'Categories', count: data.categories.length },
          { id: 'databases', title: 'Databases', count: data.databases.length },
          { id: 'server', title: 'Server' },
        ];
        const tab = tabOf(tabs, get('tab'));
        return (
          <>
            <Figures data={data} />
            <PageTabs name="statistics" tabs={tabs} value={tab} onChange={(id) => set({ tab: id })}>
              {tab === 'relations' && (
                <RelationsTab connectionId={connectionId} version={readAt} data={data} />
              )}
              {tab === 'categories' && <CategoriesTab connectionId={connectionId} data={data} />}
              {tab === 'databases' && <SizesTab connectionId={connectionId} version={readAt} data={data} />}
              {tab === 'server' && <ServerTab data={data} />}
            </PageTabs>
          </>
        );
      }}
    </InsightPage>
  );
}

function Figures({ data }: { readonly data: StatisticsOverview }): ReactElement {
  const { figures, databaseDelta: delta, serverDelta } = data;
  const wal = serverDelta?.wal ?? null;
  const over = windowOf(delta);
  return (
    <section aria-label="Figures">
      <StatStrip>
        <StatTile
          label="Database"
          value={figures.databaseBytes === null ? 'unknown' : formatBytes(figures.databaseBytes)}
          note={`${formatCount(figures.tables)} tables, ${formatCount(figures.indexes)} indexes`}
        />
        <StatTile
          label="Tables"
          value={formatBytes(figures.tableBytes)}
          note={`TOAST ${formatBytes(figures.toastBytes)}`}
        />
        <StatTile
          label="Indexes"
          value={formatBytes(figures.indexBytes)}
          note={
            figures.tableBytes > 0
              ? `${formatPercent((figures.indexBytes / figures.tableBytes) * 100)} of the tables`
              : 'no tables'
          }
        />
        <StatTile
          label="Cache hit"
          value={
            delta === null ? '–' : delta.hitPercent === null ? 'no reads' : formatPercent(delta.hitPercent)
          }
          note={over}
        />
        <StatTile
          label="Transactions"
          value={delta === null ? '–' : `${formatCount(Math.round(delta.transactionsPerSecond * 10) / 10)}/s`}
          note={over}
        />
        <StatTile
          label="WAL"
          value={wal === null ? '–' : `${formatBytes(wal.bytesPerSecond)}/s`}
          note={serverDelta !== null && wal === null ? 'was reset in between' : windowOf(serverDelta)}
        />
      </StatStrip>
    </section>
  );
}

/** The stretch that a figure covers: each of the two kinds of counters has its own. */
function windowOf(delta: { readonly seconds: number } | null): string {
  return delta === null ? 'needs a second reading' : `over ${formatDuration(delta.seconds * 1000)}`;
}
