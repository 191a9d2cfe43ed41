import type { ReactElement } from 'react';
import type { PreparedTransaction } from '#shared/model/facts.ts';
import { countColumn, durationColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

interface Props {
  readonly rows: readonly PreparedTransaction[];
  readonly onOpen: (row: PreparedTransaction) => void;
}

/** Transactions that were prepared and neither committed nor rolled back: they hold locks over restarts. */
export function PreparedTable({ rows, onOpen }: Props): ReactElement {
  const rowHeight = useRowHeight();
  return (
    <DataTable
      label="Prepared transactions"
      rows={rows}
      columns={COLUMNS}
      keyOf={(row) => row.gid}
      rowHeight={rowHeight}
      defaultSort={{ columnId: 'ageMs', direction: 'descending' }}
      onOpen={onOpen}
      empty={
        <EmptyState title="No prepared transactions." isGood>
          Nothing waits for a transaction manager.
        </EmptyState>
      }
    />
  );
}

const COLUMNS: readonly Column<PreparedTransaction>[] = [
  nameColumn('gid', 'Transaction', (row) => row.gid),
  textColumn('owner', 'Owner', (row) => row.owner),
  textColumn('database', 'Database', (row) => row.database),
  durationColumn('ageMs', 'Age', (row) => row.ageMs),
  countColumn('xidAge', 'Transactions since', (row) => row.xidAge, { minWidth: 140 }),
];
