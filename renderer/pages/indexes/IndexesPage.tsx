import { type ReactElement, type ReactNode, useDeferredValue } from 'react';
import type { IndexOverview } from '#shared/model/indexes.ts';
import { useInsight } from '#renderer/api/insight.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { useCurrentConnection } from '#renderer/app/current.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { type PageTab, PageTabs, tabOf } from '#renderer/components/PageTabs.tsx';
import { AgeNotice } from './AgeNotice.tsx';
import { BloatedTab } from './BloatedTab.tsx';
import { FamiliesTab } from './FamiliesTab.tsx';
import { FamilyDrawer } from './FamilyDrawer.tsx';
import { IndexDrawer } from './IndexDrawer.tsx';
import { IndexTable, type IndexView } from './IndexTable.tsx';
import { IndexTotalsStrip } from './IndexTotalsStrip.tsx';
import { MissingDrawer, MissingTab } from './MissingTab.tsx';
import { RemovalTab } from './RemovalTab.tsx';
import { TableChip } from './TableChip.tsx';
import { TablesTab } from './TablesTab.tsx';
import { UseMapTab } from './UseMapTab.tsx';

type Tab = 'tables' | 'removal' | 'duplicates' | 'missing' | 'bloated' | 'map' | IndexView;

/** Which to add, drop, merge or keep? */
export function IndexesPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'indexes', (client, input, options) =>
    client.indexes.overview(input, options),
  );
  return (
    <InsightPage title="Indexes" question="Which to add, drop, merge or keep?" insight={insight}>
      {(data, { readAt }) => (
        <>
          <IndexTotalsStrip totals={data.totals} />
          <AgeNotice overview={data} readAt={readAt} connectionId={connectionId} />
          {data.totals.indexes === 0 ? (
            <EmptyState title="No indexes.">This database has no table with an index.</EmptyState>
          ) : (
            <Views connectionId={connectionId} overview={data} version={readAt} />
          )}
        </>
      )}
    </InsightPage>
  );
}

interface ViewsProps extends PageProps {
  readonly overview: IndexOverview;
  readonly version: string;
}

/** Ways to look at the same indexes; which one, and what is open, is part of the address. */
function Views({ connectionId, overview, version }: ViewsProps): ReactElement {
  const { get, set } = useAddressState();
  const tabs = tabsOf(overview);
  const tab = tabOf(tabs, get('tab'));
  const oidOf = (name: string): number | null => {
    const oid = Number(get(name));
    return Number.isInteger(oid) && oid > 0 ? oid : null;
  };
  return (
    <>
      <PageTabs
        name="indexes"
        tabs={tabs}
        value={tab}
        onChange={(id) => set({ tab: id, ...(isView(id) ? {} : { table: null }) })}
      >
        <View {...{ connectionId, overview, version, tab }} tableOid={isView(tab) ? oidOf('table') : null} />
      </PageTabs>
      <IndexDrawer connectionId={connectionId} oid={oidOf('index')} onClose={() => set({ index: null })} />
      <FamilyDrawer connectionId={connectionId} oid={oidOf('family')} onClose={() => set({ family: null })} />
      <MissingDrawer
        connectionId={connectionId}
        rowKey={get('missing')}
        onClose={() => set({ missing: null })}
      />
    </>
  );
}

function tabsOf({ totals, counts }: IndexOverview): PageTab<Tab>[] {
  return [
    { id: 'tables', title: 'By table' },
    { id: 'all', title: 'All', count: totals.indexes },
    { id: 'unused', title: 'Unused', count: totals.neverScanned },
    { id: 'removable', title: 'Removable', count: totals.removable },
    { id: 'removal', title: 'Removal plan' },
    { id: 'duplicates', title: 'Duplicates', count: counts.families },
    { id: 'missing', title: 'Missing', count: counts.missing },
    { id: 'invalid', title: 'Invalid', count: totals.invalid },
    { id: 'bloated', title: 'Bloated' },
    { id: 'used', title: 'Most used' },
    { id: 'rare', title: 'Rarely used', count: totals.rarelyUsed },
    { id: 'map', title: 'Size and use' },
  ];
}

const VIEWS: readonly string[] = ['all', 'unused', 'removable', 'rare', 'used', 'invalid'];

function isView(tab: Tab): tab is IndexView {
  return VIEWS.includes(tab);
}

interface ViewProps extends ViewsProps {
  readonly tab: Tab;
  readonly tableOid: number | null;
}

function View({ connectionId, overview, version, tab, tableOid }: ViewProps): ReactElement {
  const { get, set } = useAddressState();
  const connection = useCurrentConnection();
  const typed = get('q') ?? '';
  const filter = useDeferredValue(typed);
  const field = (label: string): ReactNode => (
    <FilterField label={label} value={typed} onChange={(q) => set({ q }, { replace: true })} />
  );
  const list = { connectionId, version, filter };
  const openIndex = ({ oid }: { readonly oid: number }): void => set({ index: String(oid) });
  switch (tab) {
    case 'tables':
      return (
        <TablesTab
          {...list}
          toolbar={field('Filter tables')}
          mostIndexes={overview.counts.mostIndexes}
          onOpen={({ oid }) => set({ tab: 'all', table: String(oid), q: null })}
        />
      );
    case 'duplicates':
      return (
        <FamiliesTab
          {...list}
          toolbar={field('Filter families')}
          compared={overview.totals.indexes}
          onOpen={({ oid }) => set({ family: String(oid) })}
        />
      );
    case 'missing':
      return (
        <MissingTab {...list} toolbar={field('Filter tables')} onOpen={({ key }) => set({ missing: key })} />
      );
    case 'removal':
      return (
        <RemovalTab
          {...list}
          toolbar={field('Filter indexes')}
          withUnproven={get('unproven') === 'yes'}
          onWithUnproven={(on) => set({ unproven: on ? 'yes' : null }, { replace: true })}
          standbysCheckedAt={overview.standbysCheckedAt}
          onOpen={openIndex}
        />
      );
    case 'bloated':
      return <BloatedTab {...list} toolbar={field('Filter indexes')} pgstattuple={overview.pgstattuple} />;
    case 'map':
      return <UseMapTab connectionId={connectionId} version={version} onOpen={openIndex} />;
    default:
      return (
        <IndexTable
          key={tab}
          {...list}
          view={tab}
          tableOid={tableOid}
          hasLastScan={(connection?.versionNum ?? 0) >= 160_000}
          toolbar={
            <>
              {field('Filter indexes')}
              {tableOid !== null && (
                <TableChip connectionId={connectionId} oid={tableOid} onClear={() => set({ table: null })} />
              )}
            </>
          }
          onOpen={openIndex}
        />
      );
  }
}
