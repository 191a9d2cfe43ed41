import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import type { QueriesOverview } from '#shared/model/queries.ts';
import { formatCount, formatCountOf, formatDuration, formatInstant } from '#shared/model/format.ts';
import { useInsight } from '#renderer/api/insight.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';
import { type PageTab, PageTabs, tabOf } from '#renderer/components/PageTabs.tsx';
import { StatStrip, StatTile } from '#renderer/components/StatTile.tsx';
import { ExcludedShare, ExcludedTab } from './ExcludedTab.tsx';
import { LoggingTab } from './LoggingTab.tsx';
import { PlanComparisonDialog } from './PlanComparison.tsx';
import { PlanTab } from './PlanTab.tsx';
import { QuerySetupSteps } from './QuerySetupSteps.tsx';
import { StatementDrawer } from './StatementDrawer.tsx';
import { StatementTable, type StatementView } from './StatementTable.tsx';

type Tab = StatementView | 'excluded' | 'plan' | 'logging';
const tabsOf = (excluded: number): readonly PageTab<Tab>[] => [
  { id: 'load', title: 'Top load' },
  { id: 'slow', title: 'Slow' },
  { id: 'calls', title: 'Most called' },
  { id: 'excluded', title: 'Excluded', ...(excluded > 0 && { count: excluded }) },
  { id: 'plan', title: 'Plan a statement' },
  { id: 'logging', title: 'Slow-query log' },
];

const LISTS: ReadonlySet<Tab> = new Set<Tab>(['load', 'slow', 'calls']);

/** Which statements cost most? */
export function QueriesPage({ connectionId }: PageProps): ReactElement {
  const { get, set } = useAddressState();
  const [from, database] = [get('from'), get('database')];
  const insight = useInsight(connectionId, ['queries', from, database], (client, input, options) =>
    client.queries.overview({ ...input, from, database }, options),
  );
  const tab = tabOf(tabsOf(0), get('tab'));
  return (
    <InsightPage
      title="Queries"
      question="Which statements cost most?"
      insight={insight}
      actions={
        insight.data?.data.setup === null && (
          <RunPlanButton connectionId={connectionId} request={{ verb: 'reset-statements' }}>
            Reset statistics…
          </RunPlanButton>
        )
      }
    >
      {(data, { readAt }) => (
        <>
          {data.setup === null && <Figures data={data} isWindow={from !== null && database === null} />}
          {data.excluded.list.length > 0 && LISTS.has(tab) && (
            <ExcludedShare excluded={data.excluded} onOpen={() => set({ tab: 'excluded' })} />
          )}
          <Completeness data={data} isList={LISTS.has(tab)} />
          {database !== null && data.setup === null && (
            <Typography sx={{ color: 'text.secondary' }}>
              Statements of {database}, as the server counts them for all databases. PgVitals is connected to{' '}
              {data.here}: for plans, tables, history and windows of time connect to {database}.
            </Typography>
          )}
          <PageTabs
            name="queries"
            tabs={tabsOf(data.excluded.list.length)}
            value={tab}
            onChange={(id) => set({ tab: id })}
          >
            {tab === 'plan' ? (
              <PlanTab connectionId={connectionId} />
            ) : tab === 'logging' ? (
              <LoggingTab settings={data.logging} />
            ) : data.setup !== null ? (
              <QuerySetupSteps connectionId={connectionId} setup={data.setup} />
            ) : tab === 'excluded' ? (
              <ExcludedTab
                connectionId={connectionId}
                excluded={data.excluded}
                onOpen={(key) => set({ statement: key })}
              />
            ) : (
              <StatementTable
                key={tab}
                view={tab}
                connectionId={connectionId}
                version={readAt}
                overview={data}
                onOpen={(row) => set({ statement: row.key })}
              />
            )}
          </PageTabs>
          <StatementDrawer
            connectionId={connectionId}
            statement={get('statement')}
            from={from}
            database={database}
            onClose={() => set({ statement: null })}
          />
          <PlanComparisonDialog connectionId={connectionId} />
        </>
      )}
    </InsightPage>
  );
}

interface FiguresProps {
  readonly data: QueriesOverview;
  /** Since a stored sample, not since the reset. */
  readonly isWindow: boolean;
}

function Figures({ data, isWindow }: FiguresProps): ReactElement {
  const { figures, window } = data;
  const inWindow = isWindow ? 'in the window chosen' : 'since the reset';
  const since = isWindow ? window.fromAt : data.since;
  return (
    <section aria-label="Figures">
      <StatStrip>
        <StatTile
          label="Statements"
          value={formatCount(figures.statements)}
          note={`${formatCount(figures.own)} of PgVitals left out`}
        />
        <StatTile
          label="Calls"
          value={formatCount(figures.calls)}
          note={window.minutes ? `${formatRate(figures.calls / window.minutes)} per minute` : inWindow}
        />
        <StatTile label="Time in statements" value={formatDuration(figures.totalMs)} note={inWindow} />
        <StatTile label="Over 100 ms" value={formatCount(figures.over100Ms)} note="by their mean" />
        <StatTile
          label="One query per row?"
          value={formatCount(figures.suspects)}
          note={figures.suspects === 0 ? 'nothing looks like it' : 'see Most called'}
        />
        <StatTile
          label="Counting since"
          value={since === null ? 'unknown' : since.slice(0, 10)}
          note={since === null ? 'not told by this version' : formatInstant(since).slice(11)}
        />
      </StatStrip>
    </section>
  );
}

interface CompletenessProps {
  readonly data: QueriesOverview;
  /** A tab with columns that may be empty for want of a clock. */
  readonly isList: boolean;
}

/** What is missing from the figures, where something is. */
function Completeness({ data, isList }: CompletenessProps): ReactElement {
  const { evictions, isCut, window, notCounted } = data;
  const notes = [
    ...(evictions !== null && evictions > 0
      ? [
          `The server has thrown out its rarest statements ${formatCount(evictions)} times: pg_stat_statements.max is too small for what runs here.`,
        ]
      : []),
    ...(isCut ? ['Only the 5,000 heaviest statements are listed.'] : []),
    ...(window.restarted > 0
      ? [
          `${formatCountOf(window.restarted, 'statement')} began to count anew in this window (a reset, or thrown out meanwhile): what ran before that is missing.`,
        ]
      : []),
    ...(window.leftOut > 0
      ? [
          `${formatCountOf(window.leftOut, 'statement')} cannot be compared with the sample that the window begins at, and ${window.leftOut === 1 ? 'is' : 'are'} left out.`,
        ]
      : []),
  ];
  return (
    <>
      {notes.length > 0 && <GrantNotice>{notes.join(' ')}</GrantNotice>}
      {isList && notCounted.length > 0 && (
        <Typography sx={{ color: 'text.secondary' }}>{notCounted.join(' ')}</Typography>
      )}
    </>
  );
}

/** A tenth matters below ten only. */
function formatRate(rate: number): string {
  return formatCount(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate));
}
