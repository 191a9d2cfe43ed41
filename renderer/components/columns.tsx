import { styled } from '@mui/material/styles';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInstant,
  formatPercent,
} from '#shared/model/format.ts';
import { ObjectName } from './ObjectName.tsx';
import type { Column } from './RowGrid.tsx';

/** What stands in a cell where a value is not known; never zero, never empty. */
const NOTHING = '–';

interface Shape {
  readonly minWidth?: number;
  readonly grow?: number;
}

type Of<Row, Value> = (row: Row) => Value;

/** A name with what it belongs to in a quieter colour; sorted and copied as `context.name`. */
export function nameColumn<Row>(
  id: string,
  header: string,
  name: Of<Row, string>,
  context: Of<Row, string | null> = () => null,
  shape: Shape = {},
): Column<Row> {
  const quiet = (row: Row): string | null => {
    const value = context(row);
    return value === 'public' ? null : value;
  };
  return {
    id,
    header,
    minWidth: shape.minWidth ?? 180,
    grow: shape.grow ?? 3,
    value: (row) => (quiet(row) === null ? name(row) : `${quiet(row)}.${name(row)}`),
    cell: (row) => <ObjectName name={name(row)} context={quiet(row)} />,
  };
}

export function textColumn<Row>(
  id: string,
  header: string,
  text: Of<Row, string | null>,
  shape: Shape = {},
): Column<Row> {
  return {
    id,
    header,
    minWidth: shape.minWidth ?? 110,
    grow: shape.grow ?? 1,
    value: text,
    cell: (row) => <ObjectName name={text(row) ?? NOTHING} />,
  };
}

const numeric =
  (format: (value: number) => string, defaultWidth: number) =>
  <Row,>(id: string, header: string, value: Of<Row, number | null>, shape: Shape = {}): Column<Row> => ({
    id,
    header,
    minWidth: shape.minWidth ?? defaultWidth,
    grow: shape.grow ?? 0,
    isNumeric: true,
    value,
    cell: (row) => {
      const number = value(row);
      return number === null ? NOTHING : format(number);
    },
  });

export const countColumn = numeric(formatCount, 92);
export const bytesColumn = numeric(formatBytes, 88);
export const percentColumn = numeric(formatPercent, 84);
/** Milliseconds. */
export const durationColumn = numeric(formatDuration, 104);

/** ISO instants; sorted as text, which is their order. */
export function instantColumn<Row>(
  id: string,
  header: string,
  at: Of<Row, string | null>,
  shape: Shape = {},
): Column<Row> {
  return {
    id,
    header,
    minWidth: shape.minWidth ?? 184,
    grow: shape.grow ?? 0,
    value: at,
    cell: (row) => {
      const instant = at(row);
      return instant === null ? NOTHING : <Figures>{formatInstant(instant)}</Figures>;
    },
  };
}

/** Figures of one width: those of a column stand below each other, though they are set like words. */
const Figures = styled('span')({ fontVariantNumeric: 'tabular-nums' });
