import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { type ReactElement, useDeferredValue, useState } from 'react';
import type { ConstraintRow } from '#shared/model/schema.ts';
import { formatCount } from '#shared/model/format.ts';
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
import { ConstraintDrawer } from './ConstraintDrawer.tsx';

interface Props {
  readonly connectionId: string;
  readonly version: string;
  readonly notValidated: number;
}

/** Every constraint; a row opens its definition and, where it does not vouch for every row, what finishes it. */
export function ConstraintsTab({ connectionId, version, notValidated }: Props): ReactElement {
  const { client } = useBackend();
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const [open, setOpen] = useState<ConstraintRow | null>(null);
  const filter = get('q') ?? '';
  const searched = useDeferredValue(filter);
  const view = get('view') === 'not-validated' ? 'not validated' : 'all';
  return (
    <>
      <GridTable
        label="Constraints"
        queryKey={[...keys.insight(connectionId), 'constraints', view]}
        version={version}
        load={(query, signal) => client.schema.constraints({ connectionId, view, ...query }, { signal })}
        columns={COLUMNS}
        keyOf={(row) => row.oid}
        defaultSort={{ columnId: 'table', direction: 'ascending' }}
        filter={searched}
        rowHeight={rowHeight}
        onOpen={setOpen}
        toolbar={
          <>
            <FilterField
              label="Filter constraints"
              value={filter}
              onChange={(q) => set({ q }, { replace: true })}
            />
            <ToggleButtonGroup
              exclusive
              size="small"
              value={view}
              onChange={(_, value: typeof view | null) =>
                value && set({ view: value === 'all' ? null : 'not-validated' })
              }
              aria-label="Which constraints"
            >
              <ToggleButton value="all" sx={TOGGLE}>
                All
              </ToggleButton>
              <ToggleButton value="not validated" sx={TOGGLE}>
                Not validated ({formatCount(notValidated)})
              </ToggleButton>
            </ToggleButtonGroup>
          </>
        }
        empty={
          filter === '' ? (
            <EmptyState
              title={view === 'all' ? 'No constraints.' : 'Every constraint is validated.'}
              isGood={view !== 'all'}
            />
          ) : (
            <EmptyState title="No constraint matches." />
          )
        }
      />
      <ConstraintDrawer connectionId={connectionId} row={open} onClose={() => setOpen(null)} />
    </>
  );
}

const TOGGLE = { textTransform: 'none', color: 'text.primary' } as const;

const COLUMNS: readonly Column<ConstraintRow>[] = [
  nameColumn(
    'table',
    'Table',
    (row) => row.table,
    () => null,
    { minWidth: 150 },
  ),
  textColumn('kind', 'Kind', (row) => row.kind, { minWidth: 116 }),
  textColumn('columns', 'Columns', (row) => row.columns, { minWidth: 140, grow: 2 }),
  textColumn('rule', 'Rule', (row) => row.rule, { minWidth: 200, grow: 4 }),
  {
    id: 'state',
    header: 'State',
    minWidth: 128,
    value: (row) => row.state,
    cell: (row) => (row.state === 'validated' ? row.state : <SeverityMark mark="medium" word={row.state} />),
  },
  textColumn('deferrable', 'Deferrable', (row) => row.deferrable, { minWidth: 100 }),
  nameColumn(
    'name',
    'Constraint',
    (row) => row.name,
    () => null,
    { minWidth: 190 },
  ),
  {
    ...textColumn<ConstraintRow>('index', 'Index', (row) => row.index, { minWidth: 170, grow: 2 }),
    isExtra: true,
  },
];
