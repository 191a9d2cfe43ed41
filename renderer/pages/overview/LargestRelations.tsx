import Skeleton from '@mui/material/Skeleton';
import { lazy, type ReactElement } from 'react';
import type { TableSize } from '#shared/model/tables.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useLargestTables } from '#renderer/api/queries.ts';
import { ColumnTable } from '#renderer/components/ColumnTable.tsx';
import { bytesColumn, countColumn, nameColumn } from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
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
      table={<ColumnTable columns={COLUMNS} rows={data} keyOf={(table) => table.oid} />}
    />
  );
}

const COLUMNS: readonly Column<TableSize>[] = [
  nameColumn(
    'name',
    'Relation',
    (table) => table.name,
    (table) => table.schema,
  ),
  countColumn('rows', 'Rows', (table) => table.rows),
  bytesColumn('heap', 'Heap', (table) => table.heapBytes),
  bytesColumn('indexes', 'Indexes', (table) => table.indexBytes),
  bytesColumn('toast', 'TOAST', (table) => table.toastBytes),
  bytesColumn('total', 'Total', (table) => table.totalBytes),
];
