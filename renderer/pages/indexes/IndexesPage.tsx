import Button from '@mui/material/Button';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useDeferredValue } from 'react';
import { formatDuration, formatInstant } from '#shared/model/format.ts';
import type { IndexOverview } from '#shared/model/indexes.ts';
import { useBackend } from '#renderer/api/client.ts';
import { useInsight } from '#renderer/api/insight.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { useCurrentConnection } from '#renderer/app/current.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';
import { type PageTab, PageTabs, tabOf } from '#renderer/components/PageTabs.tsx';
import { FamilyDrawer } from './FamilyDrawer.tsx';
import { FamilyTable, familyKey } from './FamilyTable.tsx';
import { IndexDrawer } from './IndexDrawer.tsx';
import { IndexTable, type IndexView } from './IndexTable.tsx';
import { IndexTotalsStrip } from './IndexTotalsStrip.tsx';
import { MissingTab } from './MissingTab.tsx';
import { RemovalPlan } from './RemovalPlan.tsx';
import { WorstTables } from './WorstTables.tsx';

type Tab = 'tables' | 'duplicates' | 'missing' | IndexView;

const DAY_MS = 86_400_000;
/** Before that, "never scanned" may only mean "not yet". */
const YOUNG_DAYS = 14;

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
  const connection = useCurrentConnection();
  const { totals, families } = overview;
  const tabs: PageTab<Tab>[] = [
    { id: 'tables', title: 'By table' },
    { id: 'all', title: 'All', count: totals.indexes },
    { id: 'unused', title: 'Unused', count: totals.neverScanned },
    { id: 'removable', title: 'Removable', count: totals.removable },
    { id: 'duplicates', title: 'Duplicates', count: families.length },
    { id: 'missing', title: 'Missing', count: overview.missing.length },
    { id: 'used', title: 'Most used' },
    { id: 'rare', title: 'Rarely used', count: totals.rarelyUsed },
    { id: 'invalid', title: 'Invalid', count: totals.invalid },
  ];
  const tab = tabOf(tabs, get('tab'));
  const filter = get('q') ?? '';
  const searched = useDeferredValue(filter);
  const field = (
    <FilterField
      label={tab === 'tables' ? 'Filter tables' : tab === 'duplicates' ? 'Filter families' : 'Filter indexes'}
      value={filter}
      onChange={(q) => set({ q }, { replace: true })}
    />
  );
  return (
    <>
      <PageTabs name="indexes" tabs={tabs} value={tab} onChange={(id) => set({ tab: id })}>
        {tab === 'tables' ? (
          <WorstTables
            tables={overview.worstTables}
            filter={searched}
            toolbar={field}
            onOpen={(table) => set({ tab: 'all', q: `${table.schema}.${table.name}` })}
          />
        ) : tab === 'duplicates' ? (
          <FamilyTable
            families={families}
            filter={searched}
            toolbar={field}
            total={totals.indexes}
            onOpen={(family) => set({ family: familyKey(family) })}
          />
        ) : tab === 'missing' ? (
          <MissingTab rows={overview.missing} />
        ) : (
          <IndexTable
            key={tab}
            connectionId={connectionId}
            view={tab}
            version={version}
            filter={searched}
            hasLastScan={(connection?.versionNum ?? 0) >= 160_000}
            toolbar={
              <>
                {field}
                {tab === 'removable' && totals.removable > 0 && <RemovalPlan connectionId={connectionId} />}
              </>
            }
            onOpen={(row) => set({ index: String(row.oid) })}
          />
        )}
      </PageTabs>
      <IndexDrawer
        connectionId={connectionId}
        oid={get('index') === null ? null : Number(get('index'))}
        onClose={() => set({ index: null })}
      />
      <FamilyDrawer
        family={families.find((family) => familyKey(family) === get('family'))}
        onClose={() => set({ family: null })}
      />
    </>
  );
}

interface NoticeProps extends PageProps {
  readonly overview: IndexOverview;
  readonly readAt: string;
}

/** How much "never" means: since when scans are counted, and that standbys count their own. */
function AgeNotice({ overview, readAt, connectionId }: NoticeProps): ReactElement | null {
  const { client } = useBackend();
  const queries = useQueryClient();
  const confirm = useMutation({
    mutationFn: () => client.indexes.confirmStandbys({ connectionId }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.insight(connectionId) }),
  });
  if (overview.totals.indexes === 0) return null;
  const { statisticsResetAt: since, standbys, standbysCheckedAt } = overview;
  const ageMs = since === null ? null : Date.parse(readAt) - Date.parse(since);
  const age =
    ageMs === null
      ? 'It is not known since when this server counts scans: “never scanned” has no date.'
      : ageMs < YOUNG_DAYS * DAY_MS
        ? `Scans are counted for ${formatDuration(Math.max(0, ageMs))} only: “never scanned” may still mean “not yet”.`
        : null;
  const standby =
    standbysCheckedAt !== null
      ? null
      : standbys.length > 0
        ? `Standbys (${standbys.join(', ')}) count scans of their own: look there before you drop anything.`
        : 'Standbys would count scans of their own; none is connected now.';
  if (age === null && (standby === null || standbys.length === 0)) {
    return standbysCheckedAt === null ? null : (
      <span>Standbys were checked by you on {formatInstant(standbysCheckedAt)}.</span>
    );
  }
  return (
    <GrantNotice>
      {[age, standby].filter(Boolean).join(' ')}{' '}
      {standby !== null && (
        <Button size="small" color="inherit" disabled={confirm.isPending} onClick={() => confirm.mutate()}>
          I have checked the standbys
        </Button>
      )}
    </GrantNotice>
  );
}
