import type { ReactElement } from 'react';
import { formatCount, formatCountOf, formatRatio } from '#shared/model/format.ts';
import type { VacuumOverview } from '#shared/model/vacuum.ts';
import { useInsight } from '#renderer/api/insight.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';
import { type PageTab, PageTabs, tabOf } from '#renderer/components/PageTabs.tsx';
import { StatStrip, StatTile } from '#renderer/components/StatTile.tsx';
import { BloatTab } from './BloatTab.tsx';
import { ConfigurationTab } from './ConfigurationTab.tsx';
import { FreezeTab } from './FreezeTab.tsx';
import { PartitionsDrawer } from './PartitionsDrawer.tsx';
import { TableDrawer } from './TableDrawer.tsx';
import { TablesTab } from './TablesTab.tsx';
import { WorkTab } from './WorkTab.tsx';

type Tab = 'tables' | 'freeze' | 'work' | 'configuration' | 'bloat';
const TABS: readonly PageTab<Tab>[] = [
  { id: 'tables', title: 'Tables' },
  { id: 'freeze', title: 'Freeze & horizon' },
  { id: 'work', title: 'Activity' },
  { id: 'configuration', title: 'Configuration' },
  { id: 'bloat', title: 'Bloat' },
];

/** Is autovacuum keeping up, and what stops it? */
export function VacuumPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'vacuum', (client, input, options) =>
    client.vacuum.overview(input, options),
  );
  const { get, set } = useAddressState();
  const tab = tabOf(TABS, get('tab'));
  return (
    <InsightPage
      title="Tables & vacuum"
      question="Is autovacuum keeping up, and what stops it?"
      insight={insight}
    >
      {(data, { readAt }) => (
        <>
          <Figures figures={data.figures} holders={data.holders} />
          <PageTabs name="vacuum" tabs={TABS} value={tab} onChange={(id) => set({ tab: id })}>
            {tab === 'tables' && (
              <TablesTab
                connectionId={connectionId}
                version={readAt}
                figures={data.figures}
                onOpen={(row) => set({ [row.partitions ? 'partitioned' : 'table']: String(row.oid) })}
              />
            )}
            {tab === 'freeze' && (
              <FreezeTab
                connectionId={connectionId}
                version={readAt}
                data={data}
                onOpen={(row) => set({ table: String(row.oid) })}
              />
            )}
            {tab === 'work' && <WorkTab connectionId={connectionId} data={data} />}
            {tab === 'configuration' && <ConfigurationTab connectionId={connectionId} data={data} />}
            {tab === 'bloat' && (
              <BloatTab connectionId={connectionId} version={readAt} pgstattuple={data.pgstattuple} />
            )}
          </PageTabs>
          <PartitionsDrawer
            connectionId={connectionId}
            version={readAt}
            oid={idIn(get('partitioned'))}
            onOpen={(row) => set({ partitioned: null, table: String(row.oid) })}
            onClose={() => set({ partitioned: null })}
          />
          <TableDrawer
            connectionId={connectionId}
            oid={idIn(get('table'))}
            onClose={() => set({ table: null })}
          />
        </>
      )}
    </InsightPage>
  );
}

function idIn(text: string | null): number | null {
  return text === null ? null : Number(text);
}

function Figures({ figures, holders }: Pick<VacuumOverview, 'figures' | 'holders'>): ReactElement {
  const { byLevel } = figures;
  const [oldest] = holders;
  return (
    <section aria-label="Figures">
      <StatStrip>
        <StatTile
          label="Dead rows"
          value={formatCount(figures.deadRows)}
          note={`beside ${formatCount(figures.liveRows)} live`}
        />
        <StatTile
          label="Critical or high"
          value={formatCount(byLevel.critical + byLevel.high)}
          note={`${formatCount(byLevel.moderate)} moderate, ${formatCount(figures.tables)} tables`}
        />
        <StatTile
          label="Due now"
          value={formatCount(figures.overTrigger)}
          note={
            figures.switchedOff === 0
              ? 'over their own trigger'
              : `${formatCountOf(figures.switchedOff, 'table')} switched off`
          }
        />
        <StatTile
          label="Workers"
          value={
            figures.workersMax === null
              ? formatCount(figures.workers)
              : `${formatCount(figures.workers)} of ${formatCount(figures.workersMax)}`
          }
          note={figures.workers === 0 ? 'none runs now' : 'run now'}
        />
        <StatTile label="Freeze age" value={formatRatio(figures.freezeShare)} note="of 2³¹ transactions" />
        <StatTile
          label="Horizon held"
          value={oldest ? formatCount(oldest.ageXids) : '–'}
          note={oldest ? 'transactions back' : 'by nobody'}
        />
      </StatStrip>
    </section>
  );
}
