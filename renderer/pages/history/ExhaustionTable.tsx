import type { ReactElement } from 'react';
import { formatDuration, formatPercent } from '#shared/model/format.ts';
import type { Exhaustion } from '#shared/model/history.ts';
import { nameColumn, percentColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

const DAY_MS = 86_400_000;

/** What runs out, and when at the pace of the samples. */
export function ExhaustionTable({ rows }: { readonly rows: readonly Exhaustion[] }): ReactElement {
  const rowHeight = useRowHeight();
  return (
    <DataTable
      label="Days to exhaustion"
      rows={rows}
      columns={COLUMNS}
      keyOf={(row) => row.what}
      rowHeight={rowHeight}
      defaultSort={{ columnId: 'daysLeft', direction: 'ascending' }}
      empty={<EmptyState title="Nothing runs out." isGood />}
    />
  );
}

const COLUMNS: readonly Column<Exhaustion>[] = [
  nameColumn(
    'what',
    'What',
    (row) => row.what,
    () => null,
    { minWidth: 260 },
  ),
  {
    ...percentColumn<Exhaustion>('usedPercent', 'Used', (row) => row.usedPercent, { minWidth: 110 }),
    cell: (row) => <ShareBar share={row.usedPercent / 100}>{formatPercent(row.usedPercent)}</ShareBar>,
  },
  {
    id: 'daysLeft',
    header: 'Lasts for',
    minWidth: 120,
    isNumeric: true,
    value: (row) => row.daysLeft,
    cell: (row) => (row.daysLeft === null ? 'unknown' : formatDuration(row.daysLeft * DAY_MS)),
  },
  textColumn('basis', 'Why we think so', (row) => row.basis, { minWidth: 300, grow: 3 }),
];
