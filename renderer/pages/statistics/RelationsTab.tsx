import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { type ReactElement, useDeferredValue } from 'react';
import { formatBytes } from '#shared/model/format.ts';
import type { RelationRow, StatisticsOverview } from '#shared/model/statistics.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import {
  bytesColumn,
  countColumn,
  nameColumn,
  percentColumn,
  textColumn,
} from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { RelationDrawer } from './RelationDrawer.tsx';

interface Props {
  readonly connectionId: string;
  readonly version: string;
  readonly data: StatisticsOverview;
}

/** Every relation with heap, indexes and TOAST apart, and how it is used. */
export function RelationsTab({ connectionId, version, data }: Props): ReactElement {
  const { client } = useBackend();
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const filter = get('q') ?? '';
  const searched = useDeferredValue(filter);
  const category = data.categories.some((row) => row.name === get('category')) ? get('category') : null;
  const all = data.figures.tableBytes + data.figures.indexBytes + data.figures.toastBytes;
  const opened = Number(get('relation'));
  return (
    <>
      <GridTable
        label="Tables by size"
        queryKey={[...keys.insight(connectionId), 'relations', category, data.definedCategories]}
        version={version}
        load={(query, signal) => client.statistics.list({ connectionId, category, ...query }, { signal })}
        columns={columnsOf(all)}
        keyOf={(row) => row.oid}
        defaultSort={{ columnId: 'totalBytes', direction: 'descending' }}
        filter={searched}
        rowHeight={rowHeight}
        onOpen={(row) => set({ relation: String(row.oid) })}
        toolbar={
          <>
            <FilterField
              label="Filter tables"
              value={filter}
              onChange={(q) => set({ q }, { replace: true })}
            />
            <TextField
              select
              size="small"
              value={category ?? ''}
              onChange={(event) => set({ category: event.target.value || null })}
              slotProps={{ htmlInput: { 'aria-label': 'Category' }, select: { displayEmpty: true } }}
              sx={{ minWidth: 150 }}
            >
              <MenuItem value="">Every category</MenuItem>
              {data.categories.map((row) => (
                <MenuItem key={row.name} value={row.name}>
                  {row.name}
                </MenuItem>
              ))}
            </TextField>
          </>
        }
        empty={
          data.figures.tables === 0 && filter === '' ? (
            <EmptyState title="No tables.">
              This database has no table of its own yet
              {data.figures.databaseBytes !== null &&
                `: its ${formatBytes(data.figures.databaseBytes)} are the catalogs of the system`}
              .
            </EmptyState>
          ) : (
            <EmptyState title="No table matches." />
          )
        }
      />
      <RelationDrawer
        connectionId={connectionId}
        oid={Number.isSafeInteger(opened) && opened > 0 ? opened : null}
        onClose={() => set({ relation: null })}
      />
    </>
  );
}

function columnsOf(allBytes: number): readonly Column<RelationRow>[] {
  return [
    nameColumn(
      'name',
      'Table',
      (row) => row.name,
      (row) => row.schema,
      { minWidth: 170 },
    ),
    {
      ...bytesColumn<RelationRow>('totalBytes', 'Total', (row) => row.totalBytes, { minWidth: 104 }),
      cell: (row) => (
        <ShareBar share={allBytes > 0 ? row.totalBytes / allBytes : 0}>
          {formatBytes(row.totalBytes)}
        </ShareBar>
      ),
    },
    bytesColumn('heapBytes', 'Heap', (row) => row.heapBytes, { minWidth: 80 }),
    bytesColumn('indexBytes', 'Indexes', (row) => row.indexBytes, { minWidth: 80 }),
    bytesColumn('toastBytes', 'TOAST', (row) => row.toastBytes, { minWidth: 76 }),
    countColumn('rows', 'Rows (estimate)', (row) => row.rows, { minWidth: 128 }),
    countColumn('indexes', 'Index count', (row) => row.indexes, { minWidth: 96 }),
    countColumn('seqScans', 'Seq scans', (row) => row.seqScans, { minWidth: 88 }),
    countColumn('indexScans', 'Index scans', (row) => row.indexScans, { minWidth: 96 }),
    countColumn('writes', 'Writes', (row) => row.writes, { minWidth: 84 }),
    percentColumn('hotPercent', 'HOT', (row) => row.hotPercent, { minWidth: 76 }),
    textColumn('category', 'Category', (row) => row.category, { minWidth: 100 }),
    textColumn('kind', 'Kind', (row) => row.kind, { minWidth: 100 }),
  ];
}
