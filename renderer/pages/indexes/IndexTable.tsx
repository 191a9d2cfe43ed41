import type { ReactElement } from 'react';
import type { IndexRow } from '#shared/model/indexes.ts';
import { formatCount } from '#shared/model/format.ts';
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
import type { ListProps } from './list-props.ts';

export type IndexView = 'all' | 'unused' | 'removable' | 'rare' | 'used' | 'invalid';

interface Props extends ListProps {
  readonly view: IndexView;
  /** Null = of all tables. */
  readonly tableOid: number | null;
  /** 16+ remembers when an index was scanned last. */
  readonly hasLastScan: boolean;
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
const BY_NOTES: Sort = { columnId: 'attention', direction: 'descending' };

export function IndexTable(props: Props): ReactElement {
  const { connectionId, view, tableOid, version, filter, hasLastScan, toolbar, onOpen } = props;
  const { client } = useBackend();
  const rowHeight = useRowHeight();
  return (
    <GridTable
      label={LABEL[view]}
      queryKey={[...keys.insight(connectionId), 'indexes', view, tableOid]}
      version={version}
      load={(query, signal) => client.indexes.list({ connectionId, view, tableOid, ...query }, { signal })}
      columns={columnsOf(view, tableOid, hasLastScan)}
      keyOf={(row) => row.oid}
      defaultSort={view === 'used' ? BY_SCANS : view === 'invalid' ? BY_NOTES : BY_SIZE}
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

/** Small shares keep two digits that tell: 0.0031, not 0. */
const formatShare = (value: number): string =>
  value === 0 || value >= 0.1 ? formatCount(Math.round(value * 100) / 100) : value.toPrecision(2);

/** Sorted by what asks most for something to be done. */
const NOTES: Column<IndexRow> = textColumn<IndexRow>(
  'attention',
  'Notes',
  (row) => [...flagWords(row.flags), ...(row.coveredBy === null ? [] : [`see ${row.coveredBy}`])].join(', '),
  { minWidth: 140, grow: 3 },
);

/** Scans per write says the same more shortly. */
const WRITES: Column<IndexRow> = {
  ...countColumn<IndexRow>('tableWrites', 'Table writes', (row) => row.tableWrites, { minWidth: 104 }),
  isExtra: true,
};

const METHOD: Column<IndexRow> = {
  ...textColumn<IndexRow>('accessMethod', 'Method', (row) => row.accessMethod, { minWidth: 72, grow: 0 }),
  isExtra: true,
};

const COLUMNS: readonly Column<IndexRow>[] = [
  nameColumn(
    'name',
    'Index',
    (row) => row.name,
    () => null,
    { minWidth: 220, grow: 4 },
  ),
  nameColumn(
    'table',
    'Table',
    (row) => row.table,
    (row) => row.schema,
    { minWidth: 120, grow: 2 },
  ),
  textColumn('columns', 'Columns', (row) => row.columns, { minWidth: 120, grow: 3 }),
  NOTES,
  bytesColumn('sizeBytes', 'Size', (row) => row.sizeBytes, { minWidth: 80 }),
  countColumn('scans', 'Scans', (row) => row.scans, { minWidth: 84 }),
  {
    ...countColumn<IndexRow>('scansPerDay', 'Scans/day', (row) => row.scansPerDay, { minWidth: 92 }),
    cell: (row) => (row.scansPerDay === null ? '–' : formatShare(row.scansPerDay)),
  },
  {
    ...countColumn<IndexRow>('scansPerWrite', 'Scans/write', (row) => row.scansPerWrite, { minWidth: 98 }),
    cell: (row) => (row.scansPerWrite === null ? '–' : formatShare(row.scansPerWrite)),
  },
];

const LAST_SCAN = instantColumn<IndexRow>('lastScanAt', 'Last scan', (row) => row.lastScanAt);

const EVERYWHERE = [...COLUMNS, WRITES, METHOD];
const SINCE_16 = [...COLUMNS, LAST_SCAN, WRITES, METHOD];
/** No query uses them: what matters is why. */
const OF_INVALID = [...COLUMNS.filter(({ id }) => !id.startsWith('scans')), METHOD];

/** Of one table only, its name is said above the list. */
function columnsOf(
  view: IndexView,
  tableOid: number | null,
  hasLastScan: boolean,
): readonly Column<IndexRow>[] {
  const columns = view === 'invalid' ? OF_INVALID : hasLastScan ? SINCE_16 : EVERYWHERE;
  return tableOid === null ? columns : columns.filter(({ id }) => id !== 'table');
}
