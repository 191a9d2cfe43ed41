import type { ReactElement } from 'react';
import type { QueriesOverview } from '#shared/model/queries.ts';
import { formatCount, formatDuration, formatInstant } from '#shared/model/format.ts';
import { useInsight } from '#renderer/api/insight.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';
import { type PageTab, PageTabs, tabOf } from '#renderer/components/PageTabs.tsx';
import { StatStrip, StatTile } from '#renderer/components/StatTile.tsx';
import { LoggingTab } from './LoggingTab.tsx';
import { PlanTab } from './PlanTab.tsx';
import { QuerySetupSteps } from './QuerySetupSteps.tsx';
import { StatementDrawer } from './StatementDrawer.tsx';
import { StatementTable, type StatementView } from './StatementTable.tsx';

type Tab = StatementView | 'plan' | 'logging';
const TABS: readonly PageTab<Tab>[] = [
  { id: 'load', title: 'Top load' },
  { id: 'slow', title: 'Slow' },
  { id: 'calls', title: 'Most called' },
  { id: 'plan', title: 'Plan a statement' },
  { id: 'logging', title: 'Slow-query log' },
];

/** Which statements cost most? */
export function QueriesPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'queries', (client, input, options) =>
    client.queries.overview(input, options),
  );
  const { get, set } = useAddressState();
  const tab = tabOf(TABS, get('tab'));
  return (
    <InsightPage title="Queries" question="Which statements cost most?" insight={insight}>
      {(data, { readAt }) => (
        <>
          {data.setup === null && <Figures data={data} />}
          <Completeness data={data} />
          <PageTabs name="queries" tabs={TABS} value={tab} onChange={(id) => set({ tab: id })}>
            {tab === 'plan' ? (
              <PlanTab connectionId={connectionId} />
            ) : tab === 'logging' ? (
              <LoggingTab settings={data.logging} />
            ) : data.setup === null ? (
              <StatementTable
                key={tab}
                view={tab}
                connectionId={connectionId}
                version={readAt}
                overview={data}
                onOpen={(row) => set({ statement: row.key })}
              />
            ) : (
              <QuerySetupSteps setup={data.setup} />
            )}
          </PageTabs>
          <StatementDrawer
            connectionId={connectionId}
            statement={get('statement')}
            from={get('from')}
            onClose={() => set({ statement: null })}
          />
        </>
      )}
    </InsightPage>
  );
}

function Figures({ data }: { readonly data: QueriesOverview }): ReactElement {
  const { figures } = data;
  return (
    <section aria-label="Figures">
      <StatStrip>
        <StatTile
          label="Statements"
          value={formatCount(figures.statements)}
          note={`${formatCount(figures.own)} of PgVitals left out`}
        />
        <StatTile label="Calls" value={formatCount(figures.calls)} note="since the reset" />
        <StatTile label="Time in statements" value={formatDuration(figures.totalMs)} note="since the reset" />
        <StatTile label="Over 100 ms" value={formatCount(figures.over100Ms)} note="by their mean" />
        <StatTile
          label="One query per row?"
          value={formatCount(figures.suspects)}
          note={figures.suspects === 0 ? 'nothing looks like it' : 'suspected, see Most called'}
        />
        <StatTile
          label="Counting since"
          value={data.since === null ? 'unknown' : data.since.slice(0, 10)}
          note={data.since === null ? 'not told by this version' : formatInstant(data.since).slice(11)}
        />
      </StatStrip>
    </section>
  );
}

/** What is missing from the figures, where something is. */
function Completeness({ data }: { readonly data: QueriesOverview }): ReactElement | null {
  const notes = [
    ...(data.evictions !== null && data.evictions > 0
      ? [
          `The server has thrown out its rarest statements ${formatCount(data.evictions)} times: pg_stat_statements.max is too small for what runs here.`,
        ]
      : []),
    ...(data.isCut ? ['Only the 5,000 heaviest statements are listed.'] : []),
  ];
  return notes.length === 0 ? null : <GrantNotice>{notes.join(' ')}</GrantNotice>;
}
