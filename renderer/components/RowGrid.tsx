import { styled } from '@mui/material/styles';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
  type ReactNode,
  memo,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';
import { formatCount } from '#shared/model/format.ts';
import { ColumnMenu, useShownColumns } from './ColumnMenu.tsx';
import { CopyButton } from './CopyButton.tsx';
import type { Sort, SortValue } from './sort-rows.ts';
import { TableHead } from './TableHead.tsx';
import { type CellText, toCsv, toMarkdown } from './table-text.ts';
import { directionOf } from './text-direction.ts';

export interface Column<Row> {
  /** In a `GridTable` also the field of the row that the engine sorts by. */
  readonly id: string;
  readonly header: string;
  /** Narrowest width in CSS pixels. */
  readonly minWidth: number;
  /** Share of the space left over; 0 = stays at `minWidth`. */
  readonly grow?: number;
  readonly isNumeric?: boolean;
  /** Hidden until it is chosen from the menu of columns. */
  readonly isExtra?: boolean;
  /** The raw value: what is sorted and copied. */
  readonly value: (row: Row) => CellText;
  /** What is shown where that differs. */
  readonly cell?: (row: Row) => ReactNode;
  /** What is sorted where that differs from `value`; a `DataTable` only. */
  readonly sortValue?: (row: Row) => SortValue;
}

interface Props<Row> {
  readonly label: string;
  readonly count: number;
  /** Undefined while a row is on its way; its place is kept. */
  readonly rowAt: (index: number) => Row | undefined;
  /** All rows in the order shown, for the clipboard. */
  readonly allRows: () => readonly Row[] | Promise<readonly Row[]>;
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string | number;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  /** CSS pixels; one for all rows. */
  readonly rowHeight: number;
  readonly onOpen?: ((row: Row) => void) | undefined;
  /** Hears which rows are in sight, and a few around them. */
  readonly onRange?: (first: number, last: number) => void;
  /** Filters and words above the table, at the start. */
  readonly toolbar?: ReactNode;
  /** In place of rows where there are none. */
  readonly empty: ReactNode;
  readonly minHeight?: number | undefined;
}

const HEADER_HEIGHT = 30;

/** A grid of any length: only what is seen is in the page, the keyboard reaches all of it. */
export function RowGrid<Row>(props: Props<Row>): ReactElement {
  const { label, count, rowAt, allRows, keyOf, sort, onSort, rowHeight, onOpen, onRange } = props;
  const columns = useShownColumns(label, props.columns);
  const { toolbar, empty, minHeight = 200 } = props;
  const [active, setActive] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const last = count - 1;
  const current = Math.min(active, Math.max(0, last));

  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 4,
    // Rows that come with a scroll need not interrupt what React is doing: the frame after is soon enough.
    useFlushSync: false,
    scrollPaddingStart: HEADER_HEIGHT,
  });

  // The virtualizer remembers sizes until it is told that they changed.
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);

  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const end = items.at(-1)?.index ?? 0;
  useEffect(() => onRange?.(first, end), [onRange, first, end]);

  const open = (index: number): void => {
    setActive(index);
    const row = rowAt(index);
    if (row !== undefined) onOpen?.(row);
  };

  const onClick = (event: MouseEvent<HTMLDivElement>): void => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-row]') : null;
    if (row) open(Number(row.dataset['row']));
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' && last >= 0) {
      event.preventDefault();
      open(current);
      return;
    }
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
    const next = nextRow(event.key, current, last, page);
    if (next === null) return;
    event.preventDefault();
    setActive(next);
    virtualizer.scrollToIndex(next, { align: 'auto' });
  };

  const template = columns
    .map((c) => (c.grow ? `minmax(${c.minWidth}px, ${c.grow}fr)` : `${c.minWidth}px`))
    .join(' ');
  const minWidth = columns.reduce((sum, c) => sum + c.minWidth, 0);
  const textOf = async (format: typeof toCsv): Promise<string> => {
    const rows = await allRows();
    return format(
      columns.map((column) => column.header),
      rows.map((row) => columns.map((column) => column.value(row))),
    );
  };

  return (
    <Root>
      <Toolbar>
        <div className="filters">{toolbar}</div>
        <ColumnMenu label={label} columns={props.columns} />
        <CopyButton text={() => textOf(toCsv)} what={`${label} as CSV`} label="CSV" />
        <CopyButton text={() => textOf(toMarkdown)} what={`${label} as Markdown`} label="Markdown" />
      </Toolbar>
      <Scroller
        ref={scroller}
        role="grid"
        aria-label={`${label}, ${formatCount(count)} rows`}
        aria-rowcount={count + 1}
        aria-colcount={columns.length}
        aria-activedescendant={last >= 0 ? `${id}-${current}` : undefined}
        tabIndex={0}
        style={{ minHeight }}
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        <TableHead
          columns={columns}
          sort={sort}
          style={{ gridTemplateColumns: template, minWidth, height: HEADER_HEIGHT }}
          onSort={onSort}
        />
        <div
          role="rowgroup"
          className="body"
          style={bodyStyle(virtualizer.getTotalSize(), minWidth, rowHeight, template)}
        >
          <div role="presentation" style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}>
            {items.map(({ index }) => {
              const row = rowAt(index);
              return (
                <GridRow
                  key={row === undefined ? `waiting ${index}` : keyOf(row)}
                  id={`${id}-${index}`}
                  index={index}
                  row={row}
                  columns={columns}
                  isActive={index === current}
                />
              );
            })}
          </div>
        </div>
        {count === 0 && (
          <div role="row" aria-rowindex={2}>
            <div role="gridcell">{empty}</div>
          </div>
        )}
      </Scroller>
    </Root>
  );
}

interface RowProps<Row> {
  readonly id: string;
  readonly index: number;
  readonly row: Row | undefined;
  readonly columns: readonly Column<Row>[];
  readonly isActive: boolean;
}

/**
 * What all rows have in common, as variables: a row with a style of its own makes the browser remember one for every cell
 * in it, and look through all of those for each cell to come, until its next garbage collection.
 */
function bodyStyle(height: number, minWidth: number, rowHeight: number, template: string): CSSProperties {
  const variables: Record<`--${string}`, string> = {
    '--row-height': `${rowHeight}px`,
    '--row-columns': template,
  };
  return { height, minWidth, ...variables };
}

function PlainGridRow<Row>(props: RowProps<Row>): ReactElement {
  const { id, index, row, columns, isActive } = props;
  return (
    <div
      id={id}
      role="row"
      data-row={index}
      aria-rowindex={index + 2}
      aria-selected={isActive}
      className={isActive ? 'row active' : 'row'}
    >
      {columns.map((column) => (
        <div
          key={column.id}
          role="gridcell"
          className={column.isNumeric ? 'cell number' : 'cell'}
          dir={row === undefined || column.cell ? undefined : directionOf(column.value(row))}
        >
          {row === undefined ? '…' : column.cell ? column.cell(row) : column.value(row)}
        </div>
      ))}
    </div>
  );
}

// While a long list is scrolled, most rows in sight stay as they are.
const GridRow = memo(PlainGridRow) as typeof PlainGridRow;

function nextRow(key: string, current: number, last: number, page: number): number | null {
  if (last < 0) return null;
  switch (key) {
    case 'ArrowDown':
      return Math.min(last, current + 1);
    case 'ArrowUp':
      return Math.max(0, current - 1);
    case 'PageDown':
      return Math.min(last, current + page);
    case 'PageUp':
      return Math.max(0, current - page);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return null;
  }
}

const Root = styled('div')({ display: 'flex', flexDirection: 'column', flex: 1, minHeight: 0, minWidth: 0 });

const Toolbar = styled('div')({
  display: 'flex',
  flexWrap: 'wrap',
  alignItems: 'center',
  gap: 8,
  padding: '8px 0',
  '& .filters': { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 12, flex: 1, minWidth: 0 },
});

const Scroller = styled('div')(({ theme }) => ({
  position: 'relative',
  flex: 1,
  overflow: 'auto',
  border: `1px solid ${theme.vars.palette.divider}`,
  borderRadius: 8,
  background: theme.vars.palette.background.paper,
  '&:focus-visible': { outline: `2px solid ${theme.vars.palette.primary.main}`, outlineOffset: -1 },
  // Sizes are given from outside, so that a new row makes the browser lay out that row and nothing else.
  '& .body': { position: 'relative', contain: 'strict' },
  '& .row': {
    height: 'var(--row-height)',
    display: 'grid',
    gridTemplateColumns: 'var(--row-columns)',
    alignItems: 'center',
    boxSizing: 'border-box',
    borderBottom: `1px solid ${theme.vars.palette.divider}`,
    cursor: 'default',
    contain: 'strict',
    // Rows kept ready out of sight cost nothing until they come into it.
    contentVisibility: 'auto',
  },
  '& .row:hover': { background: theme.vars.palette.row.hover },
  '& .row.active': { background: theme.vars.palette.row.active },
  '& .cell': {
    minWidth: 0,
    padding: '0 10px',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    textAlign: 'start',
  },
  '& .number': { textAlign: 'end', fontVariantNumeric: 'tabular-nums' },
}));
