import { type ReactElement, useDeferredValue } from 'react';
import { formatCount } from '#shared/model/format.ts';
import type { PartitionedRow } from '#shared/model/schema.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { bytesColumn, countColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { coverageWords } from './coverage-words.ts';
import { PartitionsDrawer } from './PartitionsDrawer.tsx';

interface Props {
  readonly connectionId: string;
  readonly version: string;
}

/** Partitioned tables: what their partitions add up to, and which values have none. */
export function PartitionsTab({ connectionId, version }: Props): ReactElement {
  const { client } = useBackend();
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const filter = get('q') ?? '';
  const searched = useDeferredValue(filter);
  const open = get('partitioned');
  return (
    <>
      <GridTable
        label="Partitioned tables"
        queryKey={[...keys.insight(connectionId), 'partitioned']}
        version={version}
        load={(query, signal) => client.schema.partitioned({ connectionId, ...query }, { signal })}
        columns={COLUMNS}
        keyOf={(row) => row.oid}
        filter={searched}
        rowHeight={rowHeight}
        defaultSort={{ columnId: 'bytes', direction: 'descending' }}
        onOpen={(row) => set({ partitioned: String(row.oid) })}
        toolbar={
          <FilterField
            label="Filter partitioned tables"
            value={filter}
            onChange={(q) => set({ q }, { replace: true })}
          />
        }
        empty={
          <EmptyState title={filter === '' ? 'No partitioned tables.' : 'No partitioned table matches.'} />
        }
      />
      <PartitionsDrawer
        connectionId={connectionId}
        version={version}
        oid={open === null ? null : Number(open)}
        onClose={() => set({ partitioned: null })}
      />
    </>
  );
}

const COLUMNS: readonly Column<PartitionedRow>[] = [
  nameColumn(
    'name',
    'Table',
    (row) => row.name,
    (row) => row.partitionOf && `in ${row.partitionOf}`,
  ),
  textColumn('strategy', 'By', (row) => row.strategy, { minWidth: 70 }),
  {
    id: 'coverage',
    header: 'Partitions for',
    minWidth: 300,
    grow: 3,
    value: (row) => (row.coverage ? coverageWords(row.coverage).word : 'unknown'),
    cell: (row) => {
      if (!row.coverage) return 'unknown';
      const { mark, word } = coverageWords(row.coverage);
      return mark === null ? word : <SeverityMark mark={mark} word={word} />;
    },
  },
  countColumn('partitions', 'Partitions', (row) => row.partitions, { minWidth: 88 }),
  countColumn('rows', 'Rows (estimate)', (row) => row.rows, { minWidth: 124 }),
  bytesColumn('bytes', 'Size', (row) => row.bytes),
  countColumn('empty', 'Empty ones', (row) => row.empty, { minWidth: 96 }),
  textColumn('defaultPartition', 'Default', (row) => row.defaultPartition, { minWidth: 130 }),
  {
    ...countColumn<PartitionedRow>('detachPending', 'Detaching', (row) => row.detachPending),
    cell: (row) =>
      row.detachPending === 0 ? '0' : <SeverityMark mark="medium" word={formatCount(row.detachPending)} />,
  },
  textColumn('largest', 'Largest', (row) => row.largest, { minWidth: 150, grow: 2 }),
];
