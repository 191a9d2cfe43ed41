import { type ReactElement, type ReactNode, useMemo, useState } from 'react';
import { type Column, RowGrid } from './RowGrid.tsx';
import { type Sort, sortRows } from './sort-rows.ts';

export type { Column };

interface Props<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string | number;
  readonly defaultSort: Sort;
  /** CSS pixels; one for all rows. */
  readonly rowHeight: number;
  readonly onOpen?: (row: Row) => void;
  /** Filters and words above the table, at the start. */
  readonly toolbar?: ReactNode;
  /** In place of rows where there are none. */
  readonly empty: ReactNode;
  /** CSS pixels that the rows take at least. */
  readonly minHeight?: number;
}

/** A grid whose rows are all here: up to a few thousand. Longer lists stay in the engine: `GridTable`. */
export function DataTable<Row>({ rows, columns, defaultSort, ...rest }: Props<Row>): ReactElement {
  const [sort, setSort] = useState<Sort>(defaultSort);
  const sorted = useMemo(() => {
    const column = columns.find((candidate) => candidate.id === sort.columnId);
    return column ? sortRows(rows, column.sortValue ?? column.value, sort.direction) : [...rows];
  }, [rows, columns, sort]);
  return (
    <RowGrid
      {...rest}
      count={sorted.length}
      rowAt={(index) => sorted[index]}
      allRows={() => sorted}
      columns={columns}
      sort={sort}
      onSort={setSort}
    />
  );
}
