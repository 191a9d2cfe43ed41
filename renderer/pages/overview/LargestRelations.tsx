import Skeleton from '@mui/material/Skeleton';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { lazy, type ReactElement, Suspense, useState } from 'react';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import type { TableSize } from '#shared/model/tables.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useLargestTables } from '#renderer/api/queries.ts';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { ObjectName } from '#renderer/components/ObjectName.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';

const SHOWN = 8;
const CHART_HEIGHT = 288;

// The chart library is the heaviest part of the page: the rest does not wait for it.
const SizeChart = lazy(async () => ({ default: (await import('./SizeChart.tsx')).SizeChart }));

type View = 'chart' | 'table';

/** Where the space is: heap, indexes and TOAST apart, as a chart with a table of the same numbers. */
export function LargestRelations({ connectionId }: { readonly connectionId: string }): ReactElement {
  const [view, setView] = useState<View>('chart');
  const { data, error, refetch } = useLargestTables(connectionId, SHOWN);
  return (
    <Panel
      title="Largest relations"
      actions={
        <ToggleButtonGroup
          exclusive
          size="small"
          value={view}
          onChange={(_, value: View | null) => value && setView(value)}
          aria-label="Show as"
        >
          <ToggleButton value="chart" sx={TOGGLE}>
            Chart
          </ToggleButton>
          <ToggleButton value="table" sx={TOGGLE}>
            Table
          </ToggleButton>
        </ToggleButtonGroup>
      }
    >
      {error ? (
        <ErrorNotice
          error={toUserError(error)}
          title="Sizes could not be read"
          onRetry={() => void refetch()}
        />
      ) : !data ? (
        <Skeleton variant="rounded" height={CHART_HEIGHT} />
      ) : data.length === 0 ? (
        <EmptyState title="No tables yet.">
          This database has no table or materialized view of its own.
        </EmptyState>
      ) : view === 'chart' ? (
        <Suspense fallback={<Skeleton variant="rounded" height={CHART_HEIGHT} />}>
          <SizeChart tables={data} height={CHART_HEIGHT} />
        </Suspense>
      ) : (
        <SizeTable tables={data} />
      )}
    </Panel>
  );
}

function SizeTable({ tables }: { readonly tables: readonly TableSize[] }): ReactElement {
  return (
    <PlainTable>
      <thead>
        <tr>
          <th scope="col">Relation</th>
          <th scope="col" className="number">
            Rows
          </th>
          <th scope="col" className="number">
            Heap
          </th>
          <th scope="col" className="number">
            Indexes
          </th>
          <th scope="col" className="number">
            TOAST
          </th>
          <th scope="col" className="number">
            Total
          </th>
        </tr>
      </thead>
      <tbody>
        {tables.map((table) => (
          <tr key={table.oid}>
            <td className="name">
              <ObjectName name={table.name} context={table.schema === 'public' ? null : table.schema} />
            </td>
            <td className="number">{table.rows === null ? 'unknown' : formatCount(table.rows)}</td>
            <td className="number">{formatBytes(table.heapBytes)}</td>
            <td className="number">{formatBytes(table.indexBytes)}</td>
            <td className="number">{formatBytes(table.toastBytes)}</td>
            <td className="number">{formatBytes(table.totalBytes)}</td>
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}

const TOGGLE = {
  py: 0.25,
  px: 1,
  textTransform: 'none',
  fontSize: '0.75rem',
  color: 'text.primary',
} as const;
