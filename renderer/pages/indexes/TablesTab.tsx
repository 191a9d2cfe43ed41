import { styled, type Theme } from '@mui/material/styles';
import { type ReactElement, useMemo } from 'react';
import type { IndexedTable } from '#shared/model/indexes.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { bytesColumn, countColumn } from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import { ObjectName } from '#renderer/components/ObjectName.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import type { ListProps } from './list-props.ts';

interface Props extends ListProps {
  /** Of one table: what the longest bar stands for. */
  readonly mostIndexes: number;
  readonly onOpen: (table: IndexedTable) => void;
}

/** Tables by number of indexes; a row leads to the indexes of its table. */
export function TablesTab({
  connectionId,
  version,
  filter,
  toolbar,
  mostIndexes,
  onOpen,
}: Props): ReactElement {
  const { client } = useBackend();
  const rowHeight = useRowHeight();
  const columns = useMemo(() => [nameAndUse(Math.max(1, mostIndexes)), ...COLUMNS], [mostIndexes]);
  return (
    <GridTable
      label="Most indexed tables"
      queryKey={[...keys.insight(connectionId), 'indexed-tables']}
      version={version}
      load={(query, signal) => client.indexes.tables({ connectionId, ...query }, { signal })}
      columns={columns}
      keyOf={(table) => table.oid}
      defaultSort={{ columnId: 'indexes', direction: 'descending' }}
      filter={filter}
      rowHeight={rowHeight}
      onOpen={onOpen}
      toolbar={
        <>
          {toolbar}
          <Legend aria-hidden>
            <span className="used" /> scanned
            <span className="kept" /> never, but needed
            <span className="removable" /> removable
          </Legend>
        </>
      }
      empty={<EmptyState title="No table matches." />}
    />
  );
}

/** Bar in the cell: used, unused but a key, removable. */
const nameAndUse = (most: number): Column<IndexedTable> => ({
  id: 'name',
  header: 'Table',
  minWidth: 280,
  grow: 4,
  value: (table) => (table.schema === 'public' ? table.name : `${table.schema}.${table.name}`),
  cell: (table) => (
    <Cell>
      <ObjectName name={table.name} context={table.schema === 'public' ? null : table.schema} />
      <span className="track" aria-hidden>
        <span className="used" style={{ width: `${((table.indexes - table.neverScanned) / most) * 100}%` }} />
        <span
          className="kept"
          style={{ width: `${((table.neverScanned - table.removable) / most) * 100}%` }}
        />
        <span className="removable" style={{ width: `${(table.removable / most) * 100}%` }} />
      </span>
    </Cell>
  ),
});

const COLUMNS: readonly Column<IndexedTable>[] = [
  countColumn('indexes', 'Indexes', (table) => table.indexes, { minWidth: 84, grow: 1 }),
  countColumn('neverScanned', 'Never scanned', (table) => table.neverScanned, { minWidth: 118, grow: 1 }),
  countColumn('removable', 'Removable', (table) => table.removable, { minWidth: 96, grow: 1 }),
  countColumn('rows', 'Rows', (table) => table.rows, { minWidth: 96, grow: 1 }),
  bytesColumn('indexBytes', 'Index size', (table) => table.indexBytes, { minWidth: 92, grow: 1 }),
  bytesColumn('tableBytes', 'Table size', (table) => table.tableBytes, { minWidth: 92, grow: 1 }),
  {
    id: 'overIndexed',
    header: 'Verdict',
    minWidth: 124,
    grow: 0,
    value: (table) => (table.overIndexed === null ? '' : 'over-indexed'),
    cell: (table) =>
      table.overIndexed === null ? null : (
        <SeverityMark mark={table.overIndexed} word="over-indexed" size={12} />
      ),
  },
];

const Cell = styled('span')(({ theme }) => ({
  ...swatches(theme),
  display: 'grid',
  gridTemplateColumns: 'minmax(0, 1fr) minmax(90px, 45%)',
  alignItems: 'center',
  gap: 12,
  '& .track': { display: 'flex', height: 8, gap: 1 },
}));

/** The figures stand in the columns; this only says what the bar is made of. */
const Legend = styled('span')(({ theme }) => ({
  ...swatches(theme),
  display: 'inline-flex',
  alignItems: 'center',
  gap: 6,
  color: theme.vars.palette.text.secondary,
  '& > span': { width: 14, height: 8 },
  '& > span:not(:first-of-type)': { marginInlineStart: 10 },
}));

function swatches(theme: Theme) {
  const { pass, info, medium } = theme.vars.palette.severity;
  return {
    '& .used': { background: pass, borderRadius: 2 },
    '& .kept': { background: info, borderRadius: 2 },
    '& .removable': {
      borderRadius: 2,
      border: `1px solid ${medium}`,
      background: `repeating-linear-gradient(45deg, ${medium} 0 2px, transparent 2px 4px)`,
      boxSizing: 'border-box',
    },
  } as const;
}
