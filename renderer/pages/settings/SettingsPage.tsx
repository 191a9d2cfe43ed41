import type { ReactElement } from 'react';
import { formatCount, formatCountOf } from '#shared/model/format.ts';
import type { SettingRow, SettingsOverview } from '#shared/model/settings.ts';
import { useInsight } from '#renderer/api/insight.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';
import { type PageTab, PageTabs, tabOf } from '#renderer/components/PageTabs.tsx';
import { StatStrip, StatTile } from '#renderer/components/StatTile.tsx';
import { AdviceTab } from './AdviceTab.tsx';
import { CompareTab } from './CompareTab.tsx';
import { FilesTab } from './FilesTab.tsx';
import { OverridesTab } from './OverridesTab.tsx';
import { SettingsTable } from './SettingsTable.tsx';

type Tab = 'all' | 'advice' | 'overrides' | 'files' | 'compare';

/** Which settings are wrong for this machine? */
export function SettingsPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'settings', (client, input, options) =>
    client.settings.overview(input, options),
  );
  const { get, set } = useAddressState();
  return (
    <InsightPage title="Settings" question="Which settings are wrong for this machine?" insight={insight}>
      {(data) => {
        const tabs: PageTab<Tab>[] = [
          { id: 'all', title: 'Settings' },
          { id: 'advice', title: 'Advice', ...(data.machine === null ? {} : { count: data.advice.length }) },
          { id: 'overrides', title: 'Per role and database', count: data.overrides.length },
          {
            id: 'files',
            title: 'Files',
            ...(data.files ? { count: data.files.errors.length + data.files.overridden.length } : {}),
          },
          { id: 'compare', title: 'Compare' },
        ];
        const tab = tabOf(tabs, get('tab'));
        return (
          <>
            <Figures data={data} />
            <PageTabs
              name="settings"
              tabs={tabs}
              value={tab}
              onChange={(id) => set({ tab: id, q: null, row: null })}
            >
              {tab === 'all' && <SettingsTable connectionId={connectionId} data={data} />}
              {tab === 'advice' && <AdviceTab connectionId={connectionId} data={data} />}
              {tab === 'overrides' && <OverridesTab data={data} />}
              {tab === 'files' && <FilesTab files={data.files} />}
              {tab === 'compare' && <CompareTab connectionId={connectionId} />}
            </PageTabs>
          </>
        );
      }}
    </InsightPage>
  );
}

function Figures({ data }: { readonly data: SettingsOverview }): ReactElement {
  const waiting = (what: SettingRow['waitsFor']): number =>
    data.settings.filter((row) => row.waitsFor === what).length;
  const [restart, reload] = [waiting('restart'), waiting('reload')];
  return (
    <section aria-label="Figures">
      <StatStrip>
        <StatTile label="Settings" value={formatCount(data.settings.length)} note="that this role may see" />
        <StatTile label="Changed" value={formatCount(data.changed)} note="not as shipped" />
        <StatTile
          label="Wait for a restart"
          value={formatCount(restart)}
          note={reload === 0 ? 'none for a reload' : `${formatCount(reload)} for a reload`}
        />
        <StatTile
          label="Errors in files"
          value={data.files ? formatCount(data.files.errors.length) : '–'}
          note={
            data.files ? `${formatCountOf(data.files.overridden.length, 'line')} overridden` : 'not readable'
          }
        />
        <StatTile
          label="Per role or database"
          value={formatCount(data.overrides.length)}
          note="settings of their own"
        />
        <StatTile
          label="Advice"
          value={data.machine === null ? '–' : formatCount(data.advice.length)}
          note={data.machine === null ? 'tell us RAM and CPUs' : 'for this machine'}
        />
      </StatStrip>
    </section>
  );
}
