import type { ReactElement } from 'react';
import { formatDuration, formatPercent } from '#shared/model/format.ts';
import type { PartitionedRow, SchemaOverview, SequenceRow } from '#shared/model/schema.ts';
import {
  bytesColumn,
  countColumn,
  nameColumn,
  percentColumn,
  textColumn,
} from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { Fold } from '#renderer/components/Fold.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

const DAY_MS = 86_400_000;

/** Constraints that do not vouch for every row yet, each with what finishes it. */
export function ConstraintsTable({ data }: { readonly data: SchemaOverview }): ReactElement {
  if (data.notValidated.length === 0)
    return (
      <EmptyState title="Every constraint is validated." isGood>
        Checked {data.figures.foreignKeys} foreign keys and the other constraints.
      </EmptyState>
    );
  return (
    <div style={{ display: 'grid', gap: 8 }}>
      {data.notValidated.map((row) => (
        <Fold key={`${row.table} ${row.name}`} title={`${row.table}: ${row.name} (${row.what})`}>
          {row.fix ? (
            <FixView fix={row.fix} />
          ) : (
            'Nothing checks it, also not new rows: it only tells people.'
          )}
        </Fold>
      ))}
    </div>
  );
}

/** How much of each sequence is used, against the tighter of its own bound and its column's type. */
export function SequencesTable({ rows }: { readonly rows: readonly SequenceRow[] }): ReactElement {
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
  textColumn('type', 'Type', (row) => row.type, { minWidth: 80 }),
  {
    ...percentColumn<SequenceRow>('usedPercent', 'Used', (row) => row.usedPercent, { minWidth: 100 }),
    cell: (row) => <ShareBar share={row.usedPercent / 100}>{formatPercent(row.usedPercent)}</ShareBar>,
  },
  {
    ...textColumn<SequenceRow>(
      'lastValue',
      'Last value',
      (row) => row.lastValue ?? 'not used or not readable',
      { minWidth: 130 },
    ),
    isNumeric: true,
  },
  { ...textColumn<SequenceRow>('limit', 'Ends at', (row) => row.limit, { minWidth: 160 }), isNumeric: true },
  textColumn('limitOf', 'By', (row) => (row.isCycled ? 'starts anew' : row.limitOf), { minWidth: 150 }),
  {
    id: 'daysLeft',
    header: 'Lasts for',
    minWidth: 100,
    isNumeric: true,
    value: (row) => row.daysLeft,
    cell: (row) => (row.daysLeft === null ? 'unknown' : formatDuration(row.daysLeft * DAY_MS)),
  },
];

/** Partitioned tables with what their partitions add up to. */
export function PartitionsTable({ rows }: { readonly rows: readonly PartitionedRow[] }): ReactElement {
  const rowHeight = useRowHeight();
  return (
    <DataTable
      label="Partitioned tables"
      rows={rows}
      columns={PARTITIONED}
      keyOf={(row) => row.oid}
      rowHeight={rowHeight}
      defaultSort={{ columnId: 'bytes', direction: 'descending' }}
      empty={<EmptyState title="No partitioned tables." />}
    />
  );
}

const PARTITIONED: readonly Column<PartitionedRow>[] = [
  nameColumn('name', 'Table', (row) => row.name),
  countColumn('partitions', 'Partitions', (row) => row.partitions),
  countColumn('rows', 'Rows', (row) => row.rows),
  bytesColumn('bytes', 'Size', (row) => row.bytes),
  countColumn('empty', 'Empty ones', (row) => row.empty),
  textColumn('largest', 'Largest', (row) => row.largest, { minWidth: 160, grow: 2 }),
];
