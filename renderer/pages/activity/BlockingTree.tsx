import type { ReactElement } from 'react';
import type { BlockingRow } from '#shared/model/activity.ts';
import { formatCount, formatCountOf } from '#shared/model/format.ts';
import { countColumn, durationColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

interface Props {
  readonly rows: readonly BlockingRow[];
  /** Sessions that were looked at. */
  readonly checked: number;
  readonly onOpen: (row: BlockingRow) => void;
}

/** Who blocks whom: each root with those behind it, indented by how far behind they stand. */
export function BlockingTree({ rows, checked, onOpen }: Props): ReactElement {
  const rowHeight = useRowHeight();
  const order = new Map(rows.map((row, at) => [row.id, at]));
  const roots = rows.filter((row) => row.depth === 0);
  return (
    <DataTable
      label="Blocking tree"
      rows={rows}
      columns={[{ ...SESSION, sortValue: (row) => order.get(row.id) ?? 0 }, ...COLUMNS]}
      keyOf={(row) => row.id}
      rowHeight={rowHeight}
      defaultSort={{ columnId: 'session', direction: 'ascending' }}
      onOpen={onOpen}
      toolbar={
        rows.length > 0 && (
          <span role="status">
            {formatCountOf(roots.length, 'session blocks', 'sessions block')}{' '}
            {formatCount(rows.length - roots.length)}. End the wait at the root.
          </span>
        )
      }
      empty={
        <EmptyState title="Nobody waits for a lock." isGood>
          Checked {formatCountOf(checked, 'session')}.
        </EmptyState>
      }
    />
  );
}

const SESSION: Column<BlockingRow> = {
  id: 'session',
  header: 'Session',
  minWidth: 280,
  grow: 3,
  value: (row) => `${'  '.repeat(row.depth)}${row.who}`,
  cell: (row) => (
    <span style={{ paddingInlineStart: row.depth * 20 }}>
      {row.depth === 0 ? <SeverityMark mark="high" word={row.who} /> : `↳ ${row.who}`}
    </span>
  ),
};

const COLUMNS: readonly Column<BlockingRow>[] = [
  textColumn('role', 'Part', (row) => (row.depth === 0 ? 'blocks' : 'waits'), { minWidth: 70, grow: 0 }),
  countColumn('waiters', 'Behind it', (row) => row.waiters, { minWidth: 84 }),
  durationColumn('waitMs', 'Waits for', (row) => row.waitMs),
  textColumn('lockMode', 'Lock', (row) => row.lockMode, { minWidth: 150 }),
  textColumn('relation', 'On', (row) => row.relation, { minWidth: 120 }),
  textColumn('state', 'State', (row) => row.state, { minWidth: 120 }),
  textColumn('query', 'Query', (row) => row.query?.replace(/\s+/g, ' ') ?? null, { minWidth: 200, grow: 4 }),
];
