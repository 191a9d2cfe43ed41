import { type ReactElement, useState } from 'react';
import type { BloatRow, PgstattupleState } from '#shared/model/vacuum.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { nameColumn } from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { BloatDrawer } from '#renderer/pages/vacuum/BloatDrawer.tsx';
import { confidenceColumn, reserveColumn, wastedColumns } from '#renderer/pages/vacuum/bloat-columns.tsx';
import type { ListProps } from './list-props.ts';

interface Props extends ListProps {
  readonly pgstattuple: PgstattupleState;
}

/** How much a rebuild would give back: estimates, each with how far to trust it, measured on request. */
export function BloatedTab({ connectionId, version, filter, toolbar, pgstattuple }: Props): ReactElement {
  const { client } = useBackend();
  const rowHeight = useRowHeight();
  const [row, setRow] = useState<BloatRow | null>(null);
  return (
    <>
      <GridTable
        label="Index bloat estimates"
        queryKey={[...keys.insight(connectionId), 'index-bloat']}
        version={version}
        load={(query, signal) => client.indexes.bloated({ connectionId, ...query }, { signal })}
        columns={COLUMNS}
        keyOf={(r) => r.oid}
        defaultSort={{ columnId: 'wastedBytes', direction: 'descending' }}
        filter={filter}
        rowHeight={rowHeight}
        onOpen={setRow}
        toolbar={toolbar}
        empty={
          <EmptyState title="No index is large enough to matter." isGood={filter === ''}>
            btree indexes are estimated from 8 MB on.
          </EmptyState>
        }
      />
      <BloatDrawer
        connectionId={connectionId}
        oid={row?.oid ?? null}
        pgstattuple={pgstattuple}
        onClose={() => setRow(null)}
      />
    </>
  );
}

const COLUMNS: readonly Column<BloatRow>[] = [
  nameColumn(
    'name',
    'Index',
    (row) => row.name,
    () => null,
    { minWidth: 200 },
  ),
  nameColumn(
    'table',
    'Table',
    (row) => row.table ?? '',
    (row) => row.schema,
    { minWidth: 140, grow: 2 },
  ),
  ...wastedColumns,
  reserveColumn,
  confidenceColumn,
];
