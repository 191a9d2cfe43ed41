import { type ReactElement, useState } from 'react';
import { DELETE_RULES, type ParentRow } from '#shared/model/schema.ts';
import { formatCount } from '#shared/model/format.ts';
import { countColumn, nameColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

interface Props {
  readonly rows: readonly ParentRow[];
  readonly onOpen: (row: ParentRow) => void;
}

/** What deleting a row of each parent does to its children; a row opens how far it reaches. */
export function ParentsTab({ rows, onOpen }: Props): ReactElement {
  const rowHeight = useRowHeight();
  const [filter, setFilter] = useState('');
  const shown = rows.filter((row) =>
    `${row.schema}.${row.name}`.toLowerCase().includes(filter.toLowerCase()),
  );
  return (
    <DataTable
      label="Deletes by parent"
      rows={shown}
      columns={COLUMNS}
      keyOf={(row) => row.oid}
      rowHeight={rowHeight}
      defaultSort={{ columnId: 'children', direction: 'descending' }}
      onOpen={onOpen}
      toolbar={
        <>
          <FilterField label="Filter parents" value={filter} onChange={setFilter} />
          <span role="status">{formatCount(shown.length)} shown</span>
        </>
      }
      empty={<EmptyState title={filter === '' ? 'No foreign keys.' : 'No parent matches.'} />}
    />
  );
}

const COLUMNS: readonly Column<ParentRow>[] = [
  nameColumn(
    'name',
    'Parent',
    (row) => row.name,
    (row) => row.schema,
  ),
  {
    id: 'isMixed',
    header: 'Rules',
    minWidth: 130,
    value: (row) => (row.isMixed ? 'mixed' : 'alike'),
    cell: (row) => (row.isMixed ? <SeverityMark mark="medium" word="mixed" /> : 'alike'),
  },
  countColumn('children', 'Children', (row) => row.children),
  ...DELETE_RULES.map((rule) =>
    countColumn<ParentRow>(rule, rule.charAt(0).toUpperCase() + rule.slice(1), (row) => row.byRule[rule], {
      minWidth: 98,
    }),
  ),
  countColumn('reached', 'Tables reached', (row) => row.reached, { minWidth: 122 }),
  countColumn('rows', 'Rows', (row) => row.rows),
];
