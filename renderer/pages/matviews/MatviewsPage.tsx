import Button from '@mui/material/Button';
import { type ReactElement, useState } from 'react';
import { formatBytes, formatCount, formatDuration } from '#shared/model/format.ts';
import type { MatviewRow, MatviewsOverview } from '#shared/model/matviews.ts';
import { useInsight } from '#renderer/api/insight.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';
import {
  bytesColumn,
  countColumn,
  instantColumn,
  nameColumn,
  textColumn,
} from '#renderer/components/columns.tsx';
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
            columns={columnsOf(data)}
            keyOf={(row) => row.oid}
            rowHeight={rowHeight}
            defaultSort={{ columnId: 'name', direction: 'ascending' }}
            onOpen={(row) => set({ view: String(row.oid) })}
            toolbar={
              <>
                <Button variant="outlined" color="inherit" onClick={() => setEditing(true)}>
                  Expected views…
                </Button>
                {data.recordedBy === null && (
                  <span>
                    PostgreSQL does not record refreshes, and pg_cron is not here: their time is unknown.
                  </span>
                )}
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
  const { views } = data;
  const count = (is: (row: MatviewRow) => boolean): string => formatCount(views.filter(is).length);
  return (
    <section aria-label="Figures">
      <StatStrip>
        <StatTile label="Views" value={formatCount(views.length)} note="materialized" />
        <StatTile label="Without data" value={count((row) => !row.isPopulated)} note="cannot be read" />
        <StatTile
          label="Concurrently"
          value={count((row) => row.concurrent === 'yes')}
          note="can be refreshed while read"
        />
        <StatTile
          label="Size"
          value={formatBytes(views.reduce((sum, row) => sum + row.sizeBytes + row.indexBytes, 0))}
          note="with their indexes"
        />
        <StatTile
          label="Missing"
          value={formatCount(data.missing.length)}
          note={
            data.expected.length === 0
              ? 'nothing is expected'
              : `of ${formatCount(data.expected.length)} expected`
          }
        />
        <StatTile
          label="Never read"
          value={count((row) => row.scans === 0)}
          note="since the counters began"
        />
      </StatStrip>
    </section>
  );
}

function columnsOf(data: MatviewsOverview): readonly Column<MatviewRow>[] {
  return [
    nameColumn(
      'name',
      'View',
      (row) => row.name,
      (row) => row.schema,
    ),
    {
      id: 'isPopulated',
      header: 'Data',
      minWidth: 110,
      value: (row) => (row.isPopulated ? 'there' : 'none'),
      cell: (row) =>
        row.isPopulated ? (
          <SeverityMark mark="pass" word="there" />
        ) : (
          <SeverityMark mark="critical" word="none yet" />
        ),
    },
    countColumn('rows', 'Rows', (row) => row.rows),
    bytesColumn('sizeBytes', 'Size', (row) => row.sizeBytes),
    bytesColumn('indexBytes', 'Indexes', (row) => row.indexBytes),
    textColumn('concurrent', 'Refresh concurrently', (row) => row.concurrent, { minWidth: 200, grow: 2 }),
    textColumn('key', 'By the index', (row) => row.key, { minWidth: 160, grow: 2 }),
    countColumn('scans', 'Scans', (row) => row.scans),
    data.recordedBy === null
      ? textColumn('lastRefresh', 'Last refresh', () => 'unknown', { minWidth: 110 })
      : instantColumn('lastRefresh', 'Last refresh', (row) => row.lastRefreshAt),
    ...(data.recordedBy === null
      ? []
      : [
          textColumn<MatviewRow>(
            'lastRefreshMs',
            'Took',
            (row) => (row.lastRefreshMs === null ? null : formatDuration(row.lastRefreshMs)),
            { minWidth: 90 },
          ),
        ]),
  ];
}
