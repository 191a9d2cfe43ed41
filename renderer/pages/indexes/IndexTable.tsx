import { type ReactElement, type ReactNode, useMemo } from 'react';
import type { IndexColumns } from '#shared/model/indexes.ts';
import { formatBytes, formatCount, formatInstant } from '#shared/model/format.ts';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ObjectName } from '#renderer/components/ObjectName.tsx';
import type { Sort } from '#renderer/components/sort-rows.ts';
import { flagWords, type IndexRow, type IndexTab } from './index-rows.ts';
import { useRowHeight } from '#renderer/state/preferences.ts';

interface Props {
  readonly tab: Exclude<IndexTab, 'tables' | 'duplicates'>;
  readonly columns: IndexColumns;
  readonly rows: readonly IndexRow[];
  readonly toolbar: ReactNode;
  readonly onOpen: (row: IndexRow) => void;
}

const LABEL = { all: 'All indexes', unused: 'Indexes never scanned', used: 'Most used indexes' } as const;
const SORT: Readonly<Record<Props['tab'], Sort>> = {
  all: { columnId: 'size', direction: 'descending' },
  unused: { columnId: 'size', direction: 'descending' },
  used: { columnId: 'scans', direction: 'descending' },
};

export function IndexTable({ tab, columns, rows, toolbar, onOpen }: Props): ReactElement {
  const rowHeight = useRowHeight();
  const shown = useMemo(() => columnsOf(columns), [columns]);
  return (
    <DataTable
      label={LABEL[tab]}
      rows={rows}
      columns={shown}
      keyOf={(row) => columns.oid[row] ?? row}
      rowHeight={rowHeight}
      defaultSort={SORT[tab]}
      onOpen={onOpen}
      toolbar={toolbar}
      empty={
        <EmptyState title={EMPTY[tab](columns.oid.length)}>
          No index matches where a filter is set.
        </EmptyState>
      }
    />
  );
}

const EMPTY: Readonly<Record<Props['tab'], (checked: number) => string>> = {
  all: () => 'No index matches.',
  unused: (checked) => `No unused indexes here. Checked ${formatCount(checked)}.`,
  used: (checked) => `No index was scanned yet. Checked ${formatCount(checked)}.`,
};

function columnsOf(data: IndexColumns): readonly Column<IndexRow>[] {
  const text = (values: readonly string[], row: IndexRow): string => values[row] ?? '';
  return [
    {
      id: 'name',
      header: 'Index',
      minWidth: 190,
      grow: 4,
      value: (row) => text(data.name, row),
      cell: (row) => <ObjectName name={text(data.name, row)} />,
    },
    {
      id: 'table',
      header: 'Table',
      minWidth: 130,
      grow: 2,
      value: (row) => {
        const schema = text(data.schema, row);
        return schema === 'public' ? text(data.table, row) : `${schema}.${text(data.table, row)}`;
      },
      cell: (row) => (
        <ObjectName
          name={text(data.table, row)}
          context={text(data.schema, row) === 'public' ? null : text(data.schema, row)}
        />
      ),
    },
    {
      id: 'columns',
      header: 'Columns',
      minWidth: 140,
      grow: 3,
      value: (row) => text(data.columns, row),
      cell: (row) => <ObjectName name={text(data.columns, row)} />,
    },
    { id: 'method', header: 'Method', minWidth: 72, value: (row) => text(data.accessMethod, row) },
    {
      id: 'size',
      header: 'Size',
      minWidth: 84,
      isNumeric: true,
      value: (row) => data.sizeBytes[row] ?? null,
      cell: (row) => formatBytes(data.sizeBytes[row] ?? Number.NaN),
    },
    {
      id: 'scans',
      header: 'Scans',
      minWidth: 90,
      isNumeric: true,
      value: (row) => data.scans[row] ?? null,
      cell: (row) => formatCount(data.scans[row] ?? Number.NaN),
    },
    ...(data.lastScanAt.some((at) => at !== null) ? [lastScan(data)] : []),
    {
      id: 'notes',
      header: 'Notes',
      minWidth: 130,
      grow: 2,
      value: (row) => flagWords(data.flags[row] ?? 0).join(', '),
      cell: (row) => <ObjectName name={flagWords(data.flags[row] ?? 0).join(', ')} />,
    },
  ];
}

/** PostgreSQL 16 and newer remember it; elsewhere the column would be empty. */
function lastScan(data: IndexColumns): Column<IndexRow> {
  return {
    id: 'lastScan',
    header: 'Last scan',
    minWidth: 148,
    value: (row) => data.lastScanAt[row] ?? null,
    cell: (row) => {
      const at = data.lastScanAt[row] ?? null;
      return at === null ? '–' : formatInstant(at);
    },
  };
}
