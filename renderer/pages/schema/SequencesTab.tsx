import { type ReactElement, useDeferredValue } from 'react';
import { formatDuration, formatPercent } from '#shared/model/format.ts';
import type { SequenceRow } from '#shared/model/schema.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { nameColumn, percentColumn, textColumn } from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

const DAY_MS = 86_400_000;

interface Props {
  readonly connectionId: string;
  readonly version: string;
}

/** How much of each sequence is used, against the tighter of its own bound and its column's type. */
export function SequencesTab({ connectionId, version }: Props): ReactElement {
  const { client } = useBackend();
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const filter = get('q') ?? '';
  const searched = useDeferredValue(filter);
  return (
    <GridTable
      label="Sequences"
      queryKey={[...keys.insight(connectionId), 'sequences']}
      version={version}
      load={(query, signal) => client.schema.sequences({ connectionId, ...query }, { signal })}
      columns={COLUMNS}
      keyOf={(row) => row.oid}
      defaultSort={{ columnId: 'usedPercent', direction: 'descending' }}
      filter={searched}
      rowHeight={rowHeight}
      toolbar={
        <FilterField
          label="Filter sequences"
          value={filter}
          onChange={(q) => set({ q }, { replace: true })}
        />
      }
      empty={<EmptyState title={filter === '' ? 'No sequences.' : 'No sequence matches.'} />}
    />
  );
}

const COLUMNS: readonly Column<SequenceRow>[] = [
  nameColumn(
    'name',
    'Sequence',
    (row) => row.name,
    () => null,
    { minWidth: 178 },
  ),
  textColumn('feeds', 'Feeds', (row) => row.feeds, { minWidth: 170, grow: 2 }),
  {
    ...percentColumn<SequenceRow>('usedPercent', 'Used', (row) => row.usedPercent, { minWidth: 90 }),
    cell: (row) =>
      row.usedPercent === null ? (
        'unknown'
      ) : (
        <ShareBar share={row.usedPercent / 100}>{formatPercent(row.usedPercent)}</ShareBar>
      ),
  },
  {
    id: 'daysLeft',
    header: 'Lasts for',
    minWidth: 90,
    isNumeric: true,
    value: (row) => row.daysLeft,
    cell: (row) => (row.daysLeft === null ? 'unknown' : formatDuration(row.daysLeft * DAY_MS)),
  },
  {
    ...textColumn<SequenceRow>('lastValue', 'Last value', (row) => row.lastValue ?? row.value, {
      minWidth: 116,
    }),
    isNumeric: true,
  },
  { ...textColumn<SequenceRow>('limit', 'Ends at', (row) => row.limit, { minWidth: 182 }), isNumeric: true },
  textColumn('limitOf', 'By', (row) => (row.isCycled ? 'starts anew' : row.limitOf), { minWidth: 108 }),
  textColumn('type', 'Type', (row) => row.type, { minWidth: 80 }),
];
