import { type ReactElement, useDeferredValue } from 'react';
import type { BloatRow, PgstattupleState } from '#shared/model/vacuum.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { bytesColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { BloatDrawer } from './BloatDrawer.tsx';
import { confidenceColumn, reserveColumn, wastedColumns } from './bloat-columns.tsx';

interface Props {
  readonly connectionId: string;
  readonly version: string;
  readonly pgstattuple: PgstattupleState;
}

/** How much space a rewrite would give back: estimates, each with how far to trust it, measured on request. */
export function BloatTab({ connectionId, version, pgstattuple }: Props): ReactElement {
  const { client } = useBackend();
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const filter = get('q') ?? '';
  const searched = useDeferredValue(filter);
  return (
    <>
      <GridTable
        label="Bloat estimates"
        queryKey={[...keys.insight(connectionId), 'bloat']}
        version={version}
        load={(query, signal) => client.vacuum.bloat({ connectionId, ...query }, { signal })}
        columns={COLUMNS}
        keyOf={(r) => r.oid}
        defaultSort={{ columnId: 'wastedBytes', direction: 'descending' }}
        filter={searched}
        rowHeight={rowHeight}
        onOpen={(row) => set({ relation: String(row.oid) })}
        toolbar={
          <FilterField
            label="Filter tables and indexes"
            value={filter}
            onChange={(q) => set({ q }, { replace: true })}
          />
        }
        empty={
          <EmptyState title="Nothing here is large enough to matter." isGood={filter === ''}>
            Tables and btree indexes are estimated from 8 MB on.
          </EmptyState>
        }
      />
      <BloatDrawer
        connectionId={connectionId}
        oid={get('relation') === null ? null : Number(get('relation'))}
        pgstattuple={pgstattuple}
        onClose={() => set({ relation: null })}
      />
    </>
  );
}

const COLUMNS: readonly Column<BloatRow>[] = [
  nameColumn(
    'name',
    'Table or index',
    (row) => row.name,
    (row) => row.table ?? row.schema,
    { minWidth: 200 },
  ),
  textColumn('kind', 'Kind', (row) => row.kind, { minWidth: 70, grow: 0 }),
  ...wastedColumns,
  bytesColumn('deadBytes', 'Dead rows', (row) => row.deadBytes),
  bytesColumn('freeBytes', 'Free space', (row) => row.freeBytes),
  reserveColumn,
  confidenceColumn,
];
