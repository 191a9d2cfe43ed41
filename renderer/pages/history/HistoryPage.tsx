import Box from '@mui/material/Box';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import type { ReactElement } from 'react';
import { formatAgo, formatBytes, formatCount, formatDaysLeft, formatDuration } from '#shared/model/format.ts';
import { HISTORY_RANGES, type HistoryOverview, type HistoryRange } from '#shared/model/history.ts';
import { useInsight } from '#renderer/api/insight.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';
import { type PageTab, PageTabs, tabOf } from '#renderer/components/PageTabs.tsx';
import { StatStrip, StatTile } from '#renderer/components/StatTile.tsx';
import { AuditTimeline } from './AuditTimeline.tsx';
import { ExhaustionTable } from './ExhaustionTable.tsx';
import { SamplingPanel } from './SamplingPanel.tsx';
import { SchedulesPanel } from './SchedulesPanel.tsx';
import { Trends } from './Trends.tsx';

type Tab = 'trends' | 'audits' | 'exhaustion' | 'sampling';
const RANGE_WORD: Readonly<Record<HistoryRange, string>> = {
  hour: '1 hour',
  day: '24 hours',
  week: '7 days',
  quarter: '90 days',
};

/** Better or worse than before? */
export function HistoryPage({ connectionId }: PageProps): ReactElement {
  const { get, set } = useAddressState();
  const range = HISTORY_RANGES.find((name) => name === get('range')) ?? 'day';
  const insight = useInsight(connectionId, ['history', range], (client, input, options) =>
    client.history.overview({ ...input, range }, options),
  );
  return (
    <InsightPage title="History" question="Better or worse than before?" insight={insight}>
      {(data) => {
        const tabs: PageTab<Tab>[] = [
          { id: 'trends', title: 'Trends' },
          { id: 'audits', title: 'Audits', count: data.audits.length },
          { id: 'exhaustion', title: 'Days to exhaustion' },
          { id: 'sampling', title: 'Sampling' },
        ];
        const tab = tabOf(tabs, get('tab'));
        return (
          <>
            {data.extent.notice !== null && <GrantNotice>{data.extent.notice}</GrantNotice>}
            <Figures data={data} />
            <PageTabs name="history" tabs={tabs} value={tab} onChange={(id) => set({ tab: id })}>
              {tab === 'trends' && (
                <Box sx={{ display: 'grid', gap: 1.5 }}>
                  <ToggleButtonGroup
                    exclusive
                    size="small"
                    value={range}
                    onChange={(_, value: HistoryRange | null) => value && set({ range: value })}
                    aria-label="Range"
                  >
                    {HISTORY_RANGES.map((name) => (
                      <ToggleButton
                        key={name}
                        value={name}
                        sx={{ textTransform: 'none', color: 'text.primary' }}
                      >
                        {RANGE_WORD[name]}
                      </ToggleButton>
                    ))}
                  </ToggleButtonGroup>
                  <Trends data={data} />
                </Box>
              )}
              {tab === 'audits' && <AuditTimeline connectionId={connectionId} audits={data.audits} />}
              {tab === 'exhaustion' && <ExhaustionTable data={data.exhaustion} />}
              {tab === 'sampling' && (
                <>
                  <SamplingPanel connectionId={connectionId} data={data} />
                  <SchedulesPanel connectionId={connectionId} data={data} />
                </>
              )}
            </PageTabs>
          </>
        );
      }}
    </InsightPage>
  );
}

function Figures({ data }: { readonly data: HistoryOverview }): ReactElement {
  const { extent, sampling, audits } = data;
  const [newest, before] = audits;
  const change = newest && before ? newest.score - before.score : null;
  const soonest = data.exhaustion.rows.find((row) => row.daysLeft !== null);
  return (
    <section aria-label="Figures">
      <StatStrip>
        <StatTile
          label="Last grade"
          value={newest ? `${newest.grade} (${formatCount(Math.round(newest.score))})` : '–'}
          note={
            change === null
              ? 'run another to compare'
              : change === 0
                ? 'as before'
                : `${change > 0 ? '+' : ''}${formatCount(Math.round(change * 10) / 10)} points`
          }
        />
        <StatTile label="Audits kept" value={formatCount(audits.length)} note="of this database" />
        <StatTile label="Samples" value={formatCount(extent.samples)} note={sinceText(extent.oldestAt)} />
        <StatTile
          label="Next sample"
          value={sampling.nextInMs === null ? 'none' : soonText(sampling.nextInMs)}
          note={
            sampling.seconds === 0 ? 'sampling is off' : `every ${formatDuration(sampling.seconds * 1000)}`
          }
        />
        <StatTile
          label="History file"
          value={extent.isKept ? formatBytes(extent.fileBytes) : 'none'}
          note={extent.isKept ? 'at most 256 MB' : 'ends with this session'}
        />
        <StatTile
          label="Soonest end"
          value={
            soonest?.daysLeft === undefined || soonest.daysLeft === null
              ? '–'
              : formatDaysLeft(soonest.daysLeft)
          }
          note={soonest ? soonest.what : 'not known yet'}
        />
      </StatStrip>
    </section>
  );
}

function sinceText(at: string | null): string {
  return at === null
    ? 'the first is on its way'
    : `first ${formatAgo(Math.max(0, Date.now() - Date.parse(at)))}`;
}

/** Whole seconds: the page is read again less often than that would change. */
function soonText(ms: number): string {
  return ms < 1000 ? 'now' : `in ${formatDuration(Math.round(ms / 1000) * 1000)}`;
}
