import type { ReactElement } from 'react';
import { formatCount } from '#shared/model/format.ts';
import type { SchemaOverview } from '#shared/model/schema.ts';
import { useInsight } from '#renderer/api/insight.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';
import { type PageTab, PageTabs, tabOf } from '#renderer/components/PageTabs.tsx';
import { StatStrip, StatTile } from '#renderer/components/StatTile.tsx';
import { ConstraintsTab } from './ConstraintsTab.tsx';
import { ForeignKeysTab } from './ForeignKeysTab.tsx';
import { GraphTab } from './GraphTab.tsx';
import { ParentsTab } from './ParentsTab.tsx';
import { PartitionsTab } from './PartitionsTab.tsx';
import { PoliciesTab } from './PoliciesTab.tsx';
import { ReachDrawer } from './ReachDrawer.tsx';
import { SequencesTab } from './SequencesTab.tsx';

type Tab = 'parents' | 'keys' | 'graph' | 'policies' | 'constraints' | 'sequences' | 'partitions';

/** How do the tables hang together, and what would a delete reach? */
export function SchemaPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'schema', (client, input, options) =>
    client.schema.overview(input, options),
  );
  const { get, set } = useAddressState();
  return (
    <InsightPage
      title="Schema"
      question="How do the tables hang together, and what would a delete reach?"
      insight={insight}
    >
      {(data, { readAt }) => {
        const tabs: PageTab<Tab>[] = [
          { id: 'parents', title: 'Deletes by parent', count: data.figures.parents },
          { id: 'keys', title: 'Foreign keys', count: data.figures.foreignKeys },
          { id: 'graph', title: 'Picture' },
          { id: 'policies', title: 'Delete policies', count: data.figures.violations },
          { id: 'constraints', title: 'Constraints', count: data.figures.constraints },
          { id: 'sequences', title: 'Sequences', count: data.figures.sequences },
          { id: 'partitions', title: 'Partitions', count: data.figures.partitionedTables },
        ];
        const tab = tabOf(tabs, get('tab'));
        const openTable = (oid: number): void => set({ table: String(oid) });
        return (
          <>
            <Figures data={data} />
            <PageTabs name="schema" tabs={tabs} value={tab} onChange={(id) => set({ tab: id })}>
              {tab === 'parents' && (
                <ParentsTab
                  connectionId={connectionId}
                  version={readAt}
                  onOpen={(row) => openTable(row.oid)}
                />
              )}
              {tab === 'keys' && (
                <ForeignKeysTab connectionId={connectionId} version={readAt} onReach={openTable} />
              )}
              {tab === 'graph' && (
                <GraphTab
                  connectionId={connectionId}
                  parents={data.figures.parents}
                  mostReferred={data.mostReferred}
                  onOpen={openTable}
                />
              )}
              {tab === 'policies' && <PoliciesTab connectionId={connectionId} version={readAt} data={data} />}
              {tab === 'constraints' && (
                <ConstraintsTab
                  connectionId={connectionId}
                  version={readAt}
                  notValidated={data.figures.notValidated}
                />
              )}
              {tab === 'sequences' && <SequencesTab connectionId={connectionId} version={readAt} />}
              {tab === 'partitions' && <PartitionsTab connectionId={connectionId} version={readAt} />}
            </PageTabs>
            <ReachDrawer
              connectionId={connectionId}
              oid={get('table') === null ? null : Number(get('table'))}
              onClose={() => set({ table: null })}
            />
          </>
        );
      }}
    </InsightPage>
  );
}

function Figures({ data: { figures, policies } }: { readonly data: SchemaOverview }): ReactElement {
  return (
    <section aria-label="Figures">
      <StatStrip>
        <StatTile
          label="Foreign keys"
          value={formatCount(figures.foreignKeys)}
          note={`to ${formatCount(figures.parents)} parents`}
        />
        <StatTile
          label="Mixed delete rules"
          value={formatCount(figures.mixedParents)}
          note="cascade and refuse"
        />
        <StatTile
          label="Against your policies"
          value={policies.length === 0 ? '–' : formatCount(figures.violations)}
          note={policies.length === 0 ? 'none defined' : 'foreign keys'}
        />
        <StatTile label="Not validated" value={formatCount(figures.notValidated)} note="constraints" />
        <StatTile label="Sequences" value={formatCount(figures.sequences)} note="see how full they are" />
        <StatTile label="Partitioned" value={formatCount(figures.partitionedTables)} note="tables" />
      </StatStrip>
    </section>
  );
}
