import type { ReactElement } from 'react';
import { formatDuration, formatPercent } from '#shared/model/format.ts';
import type { SequenceRow } from '#shared/model/schema.ts';
import { nameColumn, percentColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

const DAY_MS = 86_400_000;

/** How much of each sequence is used, against the tighter of its own bound and its column's type. */
export function SequencesTab({ rows }: { readonly rows: readonly SequenceRow[] }): ReactElement {
  const rowHeight = useRowHeight();
  return (
    <DataTable
      label="Sequences"
      rows={rows}
      columns={SEQUENCES}
      keyOf={(row) => row.name}
      rowHeight={rowHeight}
      defaultSort={{ columnId: 'usedPercent', direction: 'descending' }}
      empty={<EmptyState title="No sequences." />}
    />
  );
}

const SEQUENCES: readonly Column<SequenceRow>[] = [
  nameColumn('name', 'Sequence', (row) => row.name),
  textColumn('feeds', 'Feeds', (row) => row.feeds, { minWidth: 160, grow: 2 }),
  {
    ...percentColumn<SequenceRow>('usedPercent', 'Used', (row) => row.usedPercent, { minWidth: 100 }),
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
    minWidth: 100,
    isNumeric: true,
    value: (row) => row.daysLeft,
    cell: (row) => (row.daysLeft === null ? 'unknown' : formatDuration(row.daysLeft * DAY_MS)),
  },
  {
    ...textColumn<SequenceRow>('lastValue', 'Last value', (row) => row.lastValue ?? row.value, {
      minWidth: 130,
    }),
    isNumeric: true,
  },
  { ...textColumn<SequenceRow>('limit', 'Ends at', (row) => row.limit, { minWidth: 180 }), isNumeric: true },
  textColumn('limitOf', 'By', (row) => (row.isCycled ? 'starts anew' : row.limitOf), { minWidth: 150 }),
  textColumn('type', 'Type', (row) => row.type, { minWidth: 80 }),
];
