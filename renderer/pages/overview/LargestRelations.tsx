import Skeleton from '@mui/material/Skeleton';
import { lazy, type ReactElement } from 'react';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import type { TableSize } from '#shared/model/tables.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useLargestTables } from '#renderer/api/queries.ts';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { ObjectName } from '#renderer/components/ObjectName.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { TwinPanel } from '#renderer/components/TwinPanel.tsx';

const TITLE = 'Largest relations';
const SHOWN = 8;
const CHART_HEIGHT = 288;

const SizeChart = lazy(async () => ({ default: (await import('./SizeChart.tsx')).SizeChart }));

/** Where the space is: heap, indexes and TOAST apart, as a chart with a table of the same numbers. */
export function LargestRelations({ connectionId }: { readonly connectionId: string }): ReactElement {
  const { data, error, refetch } = useLargestTables(connectionId, SHOWN);
  if (error) {
    return (
      <Panel title={TITLE}>
        <ErrorNotice
          error={toUserError(error)}
          title="Sizes could not be read"
          onRetry={() => void refetch()}
        />
      </Panel>
    );
  }
  if (!data) {
    return (
      <Panel title={TITLE}>
        <Skeleton variant="rounded" height={CHART_HEIGHT} />
      </Panel>
    );
  }
  if (data.length === 0) {
    return (
      <Panel title={TITLE}>
        <EmptyState title="No tables yet.">
          This database has no table or materialized view of its own.
        </EmptyState>
      </Panel>
    );
  }
  return (
    <TwinPanel
      title={TITLE}
      chartHeight={CHART_HEIGHT}
      chart={<SizeChart tables={data} height={CHART_HEIGHT} />}
      table={<SizeTable tables={data} />}
    />
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
