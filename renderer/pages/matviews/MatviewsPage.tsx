import Button from '@mui/material/Button';
import { type ReactElement, useState } from 'react';
import { formatBytes, formatCount, formatDuration, formatInstant } from '#shared/model/format.ts';
import type { MatviewRow, MatviewsOverview, RefreshRecords } from '#shared/model/matviews.ts';
import { useInsight } from '#renderer/api/insight.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';
import { bytesColumn, countColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { StatStrip, StatTile } from '#renderer/components/StatTile.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { ExpectedDialog } from './ExpectedDialog.tsx';
import { MatviewDrawer } from './MatviewDrawer.tsx';

/** Are they fresh, cheap and safe to refresh? */
export function MatviewsPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'matviews', (client, input, options) =>
    client.matviews.overview(input, options),
  );
  const { get, set } = useAddressState();
  const [isEditing, setEditing] = useState(false);
  const rowHeight = useRowHeight();
  return (
    <InsightPage
      title="Materialized views"
      question="Are they fresh, cheap and safe to refresh?"
      insight={insight}
    >
      {(data) => (
        <>
          <Figures data={data} />
          {data.missing.length > 0 && (
            <div role="status">
              <SeverityMark mark="critical" word={`Missing: ${data.missing.join(', ')}`} />
            </div>
          )}
          <DataTable
            label="Materialized views"
            rows={data.views}
            columns={columnsOf(
              data.records.by === 'pg_cron' || data.views.some((row) => row.lastRefreshBy !== null),
            )}
            keyOf={(row) => row.oid}
            rowHeight={rowHeight}
            defaultSort={{ columnId: 'name', direction: 'ascending' }}
            onOpen={(row) => set({ view: String(row.oid) })}
            toolbar={
              <>
                <Button variant="outlined" color="inherit" onClick={() => setEditing(true)}>
                  Expected views…
                </Button>
                <span>{recordsText(data.records)}</span>
              </>
            }
            empty={
              <EmptyState title="No materialized views.">
                This database keeps no stored query results.
              </EmptyState>
            }
          />
          <MatviewDrawer
            connectionId={connectionId}
            view={data.views.find((row) => String(row.oid) === get('view')) ?? null}
            onClose={() => set({ view: null })}
          />
          <ExpectedDialog
            key={String(isEditing)}
            connectionId={connectionId}
            isOpen={isEditing}
            data={data}
            onClose={() => setEditing(false)}
          />
        </>
      )}
    </InsightPage>
  );
}

function Figures({ data }: { readonly data: MatviewsOverview }): ReactElement {
  const { views, withoutData, concurrently, bytes, neverRead } = data.figures;
  return (
    <section aria-label="Figures">
      <StatStrip>
        <StatTile label="Views" value={formatCount(views)} note="materialized" />
        <StatTile label="Without data" value={formatCount(withoutData)} note="cannot be read" />
        <StatTile label="Concurrently" value={formatCount(concurrently)} note="refresh while read" />
        <StatTile label="Size" value={formatBytes(bytes)} note="with their indexes" />
        <StatTile
          label="Missing"
          value={formatCount(data.missing.length)}
          note={
            data.expected.length === 0
              ? 'nothing is expected'
              : `of ${formatCount(data.expected.length)} expected`
          }
        />
        <StatTile label="Never read" value={formatCount(neverRead)} note="since the counters began" />
      </StatStrip>
    </section>
  );
}

function columnsOf(hasRecords: boolean): readonly Column<MatviewRow>[] {
  return [
    nameColumn(
      'name',
      'View',
      (row) => row.name,
      (row) => row.schema,
      { minWidth: 176 },
    ),
    {
      id: 'isPopulated',
      header: 'Data',
      minWidth: 96,
      value: (row) => (row.isPopulated ? 'there' : 'none'),
      cell: (row) =>
        row.isPopulated ? (
          <SeverityMark mark="pass" word="there" />
        ) : (
          <SeverityMark mark="critical" word="none yet" />
        ),
    },
    countColumn('estimatedRows', 'Rows (estimate)', (row) => row.estimatedRows, { minWidth: 114 }),
    bytesColumn('sizeBytes', 'Size', (row) => row.sizeBytes, { minWidth: 80 }),
    bytesColumn('indexBytes', 'Indexes', (row) => row.indexBytes, { minWidth: 80 }),
    {
      id: 'lastRefreshAt',
      header: 'Last refresh',
      minWidth: 160,
      value: (row) => (row.failure ? 'latest failed' : (row.lastRefreshAt ?? 'unknown')),
      sortValue: (row) => row.lastRefreshAt,
      cell: (row) =>
        row.failure ? (
          <SeverityMark mark="high" word="latest failed" />
        ) : row.lastRefreshAt === null ? (
          'unknown'
        ) : (
          formatInstant(row.lastRefreshAt)
        ),
    },
    ...(hasRecords ? RECORDED : []),
    textColumn('concurrent', 'Refresh concurrently', (row) => row.concurrent, { minWidth: 154, grow: 2 }),
    countColumn('scans', 'Scans', (row) => row.scans, { minWidth: 76 }),
    countColumn('dependants', 'Read by', (row) => row.dependants, { minWidth: 80 }),
    countColumn('refreshLevel', 'Refresh order', (row) => row.refreshLevel, { minWidth: 112 }),
    textColumn('key', 'By the index', (row) => row.key, { minWidth: 160, grow: 2 }),
  ];
}

const RECORDED: readonly Column<MatviewRow>[] = [
  {
    id: 'lastRefreshMs',
    header: 'Took',
    minWidth: 92,
    isNumeric: true,
    value: (row) => row.lastRefreshMs,
    cell: (row) =>
      row.lastRefreshMs === null
        ? '–'
        : `${row.isLastRefreshOfMore ? '≤ ' : ''}${formatDuration(row.lastRefreshMs)}`,
  },
  textColumn('schedules', 'Scheduled', (row) => row.schedules.join(', ') || null, { minWidth: 110 }),
];

function recordsText(records: RefreshRecords): string {
  switch (records.by) {
    case 'pg_cron':
      return 'Last refreshes are those that pg_cron or PgVitals ran.';
    case 'pg_cron elsewhere':
      return `pg_cron keeps its records in the database ${records.database}: connect to that one to see its refreshes.`;
    case 'unreadable':
      return 'The time of the last refresh is unknown: see above.';
    case 'nothing':
      return 'PostgreSQL does not record refreshes, and pg_cron is not here: only those that PgVitals ran are known.';
  }
}
