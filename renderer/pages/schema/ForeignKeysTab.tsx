import { type ReactElement, useDeferredValue, useState } from 'react';
import type { ForeignKeyRow } from '#shared/model/schema.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { AddForeignKey } from './AddForeignKey.tsx';
import { ForeignKeyDrawer } from './ForeignKeyDrawer.tsx';

interface Props {
  readonly connectionId: string;
  readonly version: string;
  /** Shows what deleting a row of this table reaches. */
  readonly onReach: (parentOid: number) => void;
}

/** Every foreign key with its delete rule. */
export function ForeignKeysTab({ connectionId, version, onReach }: Props): ReactElement {
  const { client } = useBackend();
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const filter = get('q') ?? '';
  const searched = useDeferredValue(filter);
  const [open, setOpen] = useState<ForeignKeyRow | null>(null);
  return (
    <>
      <GridTable
        label="Foreign keys"
        queryKey={[...keys.insight(connectionId), 'foreign-keys']}
        version={version}
        load={(query, signal) => client.schema.foreignKeys({ connectionId, ...query }, { signal })}
        columns={COLUMNS}
        keyOf={(row) => row.oid}
        defaultSort={{ columnId: 'parent', direction: 'ascending' }}
        filter={searched}
        rowHeight={rowHeight}
        onOpen={setOpen}
        toolbar={
          <>
            <FilterField
              label="Filter foreign keys"
              value={filter}
              onChange={(q) => set({ q }, { replace: true })}
            />
            <AddForeignKey connectionId={connectionId} />
          </>
        }
        empty={
          filter === '' ? (
            <EmptyState title="No foreign keys.">
              Nothing in this database makes sure that references lead somewhere.
            </EmptyState>
          ) : (
            <EmptyState title="No foreign key matches." />
          )
        }
      />
      <ForeignKeyDrawer
        connectionId={connectionId}
        row={open}
        onReach={onReach}
        onClose={() => setOpen(null)}
      />
    </>
  );
}

const COLUMNS: readonly Column<ForeignKeyRow>[] = [
  nameColumn(
    'parent',
    'Parent',
    (row) => row.parent,
    () => null,
    { minWidth: 150 },
  ),
  nameColumn(
    'child',
    'Child',
    (row) => row.child,
    () => null,
    { minWidth: 150 },
  ),
  textColumn('columns', 'Columns', (row) => row.columns, { minWidth: 130, grow: 2 }),
  textColumn('onDelete', 'On delete', (row) => row.onDelete, { minWidth: 110 }),
  {
    id: 'isIndexed',
    header: 'Index',
    minWidth: 110,
    value: (row) => (row.isIndexed ? 'there' : 'none'),
    cell: (row) => (row.isIndexed ? 'there' : <SeverityMark mark="low" word="none" />),
  },
  textColumn('isValidated', 'Validated', (row) => (row.isValidated ? 'yes' : 'no'), { minWidth: 86 }),
  nameColumn(
    'name',
    'Constraint',
    (row) => row.name,
    () => null,
    { minWidth: 200 },
  ),
];
