import { type ReactElement, useEffect } from 'react';
import type { ActivityOverview } from '#shared/model/activity.ts';
import { formatCount, formatDuration } from '#shared/model/format.ts';
import type { Insight } from '#shared/model/insight.ts';
import { useInsight } from '#renderer/api/insight.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';
import { type PageTab, PageTabs, tabOf } from '#renderer/components/PageTabs.tsx';
import { ProgressPanel } from '#renderer/components/ProgressPanel.tsx';
import { StatStrip, StatTile } from '#renderer/components/StatTile.tsx';
import { type ActivityRefresh, FAST_SECONDS, useActivityPage } from '#renderer/state/activity-page.ts';
import { BlockingTree } from './BlockingTree.tsx';
import { ConnectionTrend } from './ConnectionTrend.tsx';
import { PreparedTable } from './PreparedTable.tsx';
import { RefreshChoice } from './RefreshChoice.tsx';
import { SessionDrawer } from './SessionDrawer.tsx';
import { SessionTable } from './SessionTable.tsx';

type Tab = 'sessions' | 'blocking' | 'prepared' | 'progress' | 'trend';

/** What is happening now, and who blocks whom? */
export function ActivityPage({ connectionId }: PageProps): ReactElement {
  const refresh = useActivityPage((state) => state.refresh);
  const refreshSeconds = SECONDS[refresh];
  const insight = useInsight(
    connectionId,
    'activity',
    (client, input, options) => client.activity.overview(input, options),
    { refreshSeconds },
  );
  useRecord(connectionId, insight.isPlaceholderData ? undefined : insight.data);
  return (
    <InsightPage
      title="Activity"
      question="What is happening now, and who blocks whom?"
      insight={insight}
      refreshSeconds={refreshSeconds}
      actions={<RefreshChoice />}
    >
      {(data) => <Activity connectionId={connectionId} data={data} />}
    </InsightPage>
  );
}

const SECONDS: Readonly<Record<ActivityRefresh, number | undefined>> = {
  'as everywhere': undefined,
  fast: FAST_SECONDS,
  paused: 0,
};

/** Each reading becomes a point of the chart. */
function useRecord(connectionId: string, insight: Insight<ActivityOverview> | undefined): void {
  const record = useActivityPage((state) => state.record);
  useEffect(() => {
    if (!insight) return;
    const { connections, idleInTransaction } = insight.data;
    record(connectionId, {
      atMs: Date.parse(insight.readAt),
      total: connections.total,
      active: connections.byState.find((entry) => entry.state === 'active')?.count ?? 0,
      idleInTransaction,
      waiting: waitingCount(insight.data),
    });
  }, [connectionId, insight, record]);
}

/** Sessions that wait for a lock; one that waits behind several stands in several trees. */
function waitingCount({ trees }: ActivityOverview): number {
  return new Set(trees.filter((row) => row.depth > 0).map((row) => row.pid)).size;
}

function Activity({ connectionId, data }: PageProps & { readonly data: ActivityOverview }): ReactElement {
  const { get, set } = useAddressState();
  const trend = useActivityPage((state) => state.trends.get(connectionId));
  const tabs: PageTab<Tab>[] = [
    { id: 'sessions', title: 'Sessions' },
    { id: 'blocking', title: 'Blocking', count: waitingCount(data) },
    { id: 'prepared', title: 'Prepared transactions', count: data.prepared.length },
    { id: 'progress', title: 'Maintenance', count: data.progress.length },
    { id: 'trend', title: 'Connections' },
  ];
  const tab = tabOf(tabs, get('tab'));
  const open = (pid: number, backendStartedAt: string): void =>
    set({ pid: String(pid), started: backendStartedAt });
  return (
    <>
      <Figures data={data} />
      <PageTabs name="activity" tabs={tabs} value={tab} onChange={(id) => set({ tab: id })}>
        {tab === 'sessions' && (
          <SessionTable data={data} onOpen={(row) => open(row.pid, row.backendStartedAt)} />
        )}
        {tab === 'blocking' && (
          <BlockingTree
            rows={data.trees}
            checked={data.sessionCount}
            onOpen={(row) => row.backendStartedAt !== null && open(row.pid, row.backendStartedAt)}
          />
        )}
        {tab === 'prepared' && <PreparedTable rows={data.prepared} onOpen={(row) => set({ gid: row.gid })} />}
        {tab === 'trend' && <ConnectionTrend points={trend ?? []} />}
        {tab === 'progress' && (
          <ProgressPanel
            title="Running maintenance"
            rows={data.progress}
            nothing="No maintenance is running. VACUUM, ANALYZE, index builds, CLUSTER, COPY and base backups would be here."
          />
        )}
      </PageTabs>
      <SessionDrawer
        connectionId={connectionId}
        data={data}
        pid={Number(get('pid') ?? 0)}
        backendStartedAt={get('started')}
        gid={get('gid')}
        onClose={() => set({ pid: null, started: null, gid: null })}
      />
    </>
  );
}

function Figures({ data }: { readonly data: ActivityOverview }): ReactElement {
  const { connections } = data;
  const stateCount = (state: string): number =>
    connections.byState.find((entry) => entry.state === state)?.count ?? 0;
  const longest = data.sessions.find((row) => row.isClient && !row.isOwn && row.xactAgeMs !== null);
  const waiting = waitingCount(data);
  return (
    <section aria-label="Now">
      <StatStrip>
        <StatTile
          label="Connections"
          value={
            connections.usable === null
              ? formatCount(connections.total)
              : `${formatCount(connections.total)} of ${formatCount(connections.usable)}`
          }
          note={
            connections.reserved === null
              ? 'the limit is hidden'
              : `plus ${formatCount(connections.reserved)} reserved, ${formatCount(connections.own)} ours`
          }
        />
        <StatTile label="Active" value={formatCount(stateCount('active'))} note="run a statement" />
        <StatTile label="Idle" value={formatCount(stateCount('idle'))} note="wait for their client" />
        <StatTile
          label="Idle in transaction"
          value={formatCount(data.idleInTransaction)}
          note={data.idleInTransaction === 0 ? 'as it should be' : 'hold back VACUUM'}
        />
        <StatTile
          label="Waiting for locks"
          value={formatCount(waiting)}
          note={waiting === 0 ? 'nobody blocks anybody' : 'see Blocking'}
        />
        <StatTile
          label="Longest transaction"
          value={longest?.xactAgeMs ? formatDuration(longest.xactAgeMs) : '–'}
          note={longest ? `pid ${longest.pid}` : 'none is open'}
        />
      </StatStrip>
    </section>
  );
}
