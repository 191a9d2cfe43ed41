import { styled, type Theme } from '@mui/material/styles';
import type { ReactElement, ReactNode } from 'react';
import type { IndexedTable } from '#shared/model/indexes.ts';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ObjectName } from '#renderer/components/ObjectName.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

interface Props {
  readonly tables: readonly IndexedTable[];
  readonly filter: string;
  readonly toolbar: ReactNode;
  readonly onOpen: (table: IndexedTable) => void;
}

/** Tables by number of indexes; a row leads to the indexes of its table. */
export function WorstTables({ tables, filter, toolbar, onOpen }: Props): ReactElement {
  const rowHeight = useRowHeight();
  const most = Math.max(1, ...tables.map((table) => table.indexes));
  const wanted = filter.toLowerCase();
  return (
    <DataTable
      label="Most indexed tables"
      rows={tables.filter((table) => `${table.schema}.${table.name}`.toLowerCase().includes(wanted))}
      columns={[USE(most), ...COLUMNS]}
      keyOf={(table) => table.oid}
      rowHeight={rowHeight}
      defaultSort={{ columnId: 'indexes', direction: 'descending' }}
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

/** Bar in the cell: used, unused with a constraint, removable. */
const USE = (most: number): Column<IndexedTable> => ({
  id: 'table',
  header: 'Table',
  minWidth: 300,
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

const count = (
  id: string,
  header: string,
  minWidth: number,
  value: (table: IndexedTable) => number | null,
  format: (value: number) => string = formatCount,
): Column<IndexedTable> => ({
  id,
  header,
  minWidth,
  grow: 1,
  isNumeric: true,
  value,
  cell: (table) => {
    const number = value(table);
    return number === null ? 'unknown' : format(number);
  },
});

const COLUMNS: readonly Column<IndexedTable>[] = [
  count('indexes', 'Indexes', 84, (table) => table.indexes),
  count('never', 'Never scanned', 118, (table) => table.neverScanned),
  count('removable', 'Removable', 96, (table) => table.removable),
  count('rows', 'Rows', 96, (table) => table.rows),
  count('indexBytes', 'Index size', 92, (table) => table.indexBytes, formatBytes),
  count('tableBytes', 'Table size', 92, (table) => table.tableBytes, formatBytes),
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
