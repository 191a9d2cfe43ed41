import type { ReactElement } from 'react';
import { PlainTable } from './PlainTable.tsx';
import type { Column } from './RowGrid.tsx';

interface Props<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
}

/** A short table in its given order, by the same columns as a grid; the first column names the row. */
export function ColumnTable<Row>({ columns, rows, keyOf }: Props<Row>): ReactElement {
  return (
    <PlainTable>
      <thead>
        <tr>
          {columns.map(({ id, header, isNumeric }) => (
            <th key={id} scope="col" className={isNumeric ? 'number' : undefined}>
              {header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((column) => (
              <td key={column.id} className={classOf(column)}>
                {column.cell ? column.cell(row) : column.value(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}

/** A name takes the room that figures leave. */
function classOf<Row>({ isNumeric, grow }: Column<Row>): string | undefined {
  if (isNumeric) return 'number';
  return grow !== undefined && grow > 1 ? 'name' : undefined;
}
