import type { ReactElement, ReactNode } from 'react';
import type { IndexRow } from '#shared/model/indexes.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import {
  bytesColumn,
  countColumn,
  instantColumn,
  nameColumn,
  textColumn,
} from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import type { Sort } from '#renderer/components/sort-rows.ts';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { flagWords } from './index-rows.ts';

export type IndexView = 'all' | 'unused' | 'removable' | 'rare' | 'used' | 'invalid';

interface Props {
  readonly connectionId: string;
  readonly view: IndexView;
  readonly version: string;
  readonly filter: string;
  /** 16+ remembers when an index was scanned last. */
  readonly hasLastScan: boolean;
  readonly toolbar: ReactNode;
  readonly onOpen: (row: IndexRow) => void;
}

const LABEL: Readonly<Record<IndexView, string>> = {
  all: 'All indexes',
  unused: 'Indexes never scanned',
  removable: 'Removable indexes',
  rare: 'Rarely used indexes',
  used: 'Most used indexes',
  invalid: 'Invalid indexes',
};
const BY_SIZE: Sort = { columnId: 'sizeBytes', direction: 'descending' };
const BY_SCANS: Sort = { columnId: 'scans', direction: 'descending' };

export function IndexTable(props: Props): ReactElement {
  const { connectionId, view, version, filter, hasLastScan, toolbar, onOpen } = props;
  const { client } = useBackend();
  const rowHeight = useRowHeight();
  return (
    <GridTable
      label={LABEL[view]}
      queryKey={[...keys.insight(connectionId), 'indexes', view]}
      version={version}
      load={(query, signal) => client.indexes.list({ connectionId, view, ...query }, { signal })}
      columns={hasLastScan ? [...COLUMNS, LAST_SCAN, NOTES] : [...COLUMNS, NOTES]}
      keyOf={(row) => row.oid}
      defaultSort={view === 'used' ? BY_SCANS : BY_SIZE}
      filter={filter}
      rowHeight={rowHeight}
      onOpen={onOpen}
      toolbar={toolbar}
      empty={<EmptyState title={EMPTY[view]} isGood={view !== 'all' && filter === ''} />}
    />
  );
}

const EMPTY: Readonly<Record<IndexView, string>> = {
  all: 'No index matches.',
  unused: 'No unused indexes here.',
  removable: 'No removable indexes here.',
  rare: 'No rarely used indexes here.',
  used: 'No index was scanned yet.',
  invalid: 'No invalid indexes.',
};

const COLUMNS: readonly Column<IndexRow>[] = [
  nameColumn(
    'name',
    'Index',
    (row) => row.name,
    () => null,
    { minWidth: 190, grow: 4 },
  ),
  nameColumn(
    'table',
    'Table',
    (row) => row.table,
    (row) => row.schema,
    { minWidth: 130, grow: 2 },
  ),
  textColumn('columns', 'Columns', (row) => row.columns, { minWidth: 140, grow: 3 }),
  textColumn('accessMethod', 'Method', (row) => row.accessMethod, { minWidth: 72, grow: 0 }),
  bytesColumn('sizeBytes', 'Size', (row) => row.sizeBytes, { minWidth: 84 }),
  countColumn('scans', 'Scans', (row) => row.scans, { minWidth: 90 }),
  countColumn('recentScans', 'In 24 h', (row) => row.recentScans, { minWidth: 84 }),
  countColumn('tableWrites', 'Table writes', (row) => row.tableWrites, { minWidth: 106 }),
];

const LAST_SCAN = instantColumn<IndexRow>('lastScanAt', 'Last scan', (row) => row.lastScanAt);

const NOTES: Column<IndexRow> = textColumn<IndexRow>(
  'flags',
  'Notes',
  (row) => [...flagWords(row.flags), ...(row.coveredBy === null ? [] : [`see ${row.coveredBy}`])].join(', '),
  { minWidth: 130, grow: 2 },
);
