import Box from '@mui/material/Box';
import type { ReactElement } from 'react';
import { formatCountOf, formatDaysLeft, formatPercent } from '#shared/model/format.ts';
import type { Exhaustion, ExhaustionOverview } from '#shared/model/history.ts';
import { countColumn, nameColumn, percentColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

/** What runs out, and when at the pace of the samples. */
export function ExhaustionTable({ data }: { readonly data: ExhaustionOverview }): ReactElement {
  const rowHeight = useRowHeight();
  return (
    <DataTable
      label="Days to exhaustion"
      rows={data.rows}
      columns={COLUMNS}
      keyOf={(row) => row.what}
      rowHeight={rowHeight}
      defaultSort={{ columnId: 'daysLeft', direction: 'ascending' }}
      toolbar={
        <Box component="span" sx={{ color: 'text.secondary' }}>
          {leftOut(data)}
        </Box>
      }
      empty={<EmptyState title="Nothing runs out." isGood />}
    />
  );
}

function leftOut({ unlistedSequences: unlisted, cyclingSequences: cycling }: ExhaustionOverview): string {
  const parts = [
    unlisted > 0 && `${formatCountOf(unlisted, 'sequence')} with less than 1 % used and no end in sight`,
    cycling > 0 && `${formatCountOf(cycling, 'sequence')} that begin anew at their end`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? '' : `Not listed: ${parts.join('; ')}`;
}

const COLUMNS: readonly Column<Exhaustion>[] = [
  nameColumn(
    'what',
    'What',
    (row) => row.what,
    () => null,
    { minWidth: 190 },
  ),
  textColumn('limitOf', 'Ends with', (row) => row.limitOf, { minWidth: 160, grow: 2 }),
  {
    ...percentColumn<Exhaustion>('usedPercent', 'Used', (row) => row.usedPercent, { minWidth: 96 }),
    cell: (row) => <ShareBar share={row.usedPercent / 100}>{formatPercent(row.usedPercent)}</ShareBar>,
  },
  countColumn('remaining', 'Left', (row) => row.remaining, { minWidth: 120 }),
  countColumn('perDay', 'Per day', (row) => (row.perDay === null ? null : rounded(row.perDay))),
  {
    id: 'daysLeft',
    header: 'Lasts for',
    minWidth: 124,
    isNumeric: true,
    value: (row) => row.daysLeft,
    cell: (row) => lastsFor(row),
  },
  textColumn('basis', 'Pace from', (row) => row.basis, { minWidth: 236, grow: 3 }),
];

function lastsFor({ daysLeft, perDay }: Exhaustion): string {
  if (daysLeft !== null) return formatDaysLeft(daysLeft);
  return perDay === 0 ? 'no end in sight' : 'unknown';
}

function rounded(perDay: number): number {
  return perDay < 10 ? Math.round(perDay * 100) / 100 : Math.round(perDay);
}
