import Skeleton from '@mui/material/Skeleton';
import { keepPreviousData, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, useCallback, useEffect, useState } from 'react';
import type { GridPage, GridQuery } from '#shared/model/insight.ts';
import { formatCount } from '#shared/model/format.ts';
import { toUserError } from '../api/errors.ts';
import { ErrorNotice } from './ErrorNotice.tsx';
import { type Column, RowGrid } from './RowGrid.tsx';
import type { Sort } from './sort-rows.ts';

interface Props<Row> {
  readonly label: string;
  /** Names the list in the query cache; begin with `keys.insight(connectionId)`. Anything that changes the rows is in it. */
  readonly queryKey: readonly unknown[];
  /** Changes when the facts behind the list were read again; the rows shown stay until the new ones are here. */
  readonly version: string;
  readonly load: (query: GridQuery, signal: AbortSignal) => Promise<GridPage<Row>>;
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string | number;
  readonly defaultSort: Sort;
  readonly filter: string;
  readonly rowHeight: number;
  readonly onOpen?: (row: Row) => void;
  /** Filters above the table; the number of rows shown is said after them. */
  readonly toolbar?: ReactNode;
  readonly empty: ReactNode;
  readonly minHeight?: number;
}

const BLOCK = 100;
const COPY_BLOCK = 1_000;
/** Blocks out of sight are forgotten soon: the engine has them. */
const KEEP_MS = 20_000;

/** A list that stays in the engine, which sorts and filters it; the page holds the blocks of rows in sight. */
export function GridTable<Row>(props: Props<Row>): ReactElement {
  const { label, queryKey, version, load, columns, keyOf, defaultSort, filter, toolbar, empty } = props;
  const [sort, setSort] = useState<Sort>(defaultSort);
  const [[firstBlock, lastBlock], setBlocks] = useState<readonly [number, number]>([0, 0]);
  const queries = useQueryClient();
  const order = { sortBy: sort.columnId, direction: sort.direction, filter };
  const listKey = [...queryKey, 'rows', order];

  const blockQuery = (block: number) => ({
    queryKey: [...listKey, block],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      load({ ...order, offset: block * BLOCK, limit: BLOCK }, signal),
    gcTime: KEEP_MS,
  });
  // The first block tells how many rows there are; while a new order is on its way the old one is shown.
  const head = useQuery({ ...blockQuery(0), placeholderData: keepPreviousData });
  // Their neighbours too: rows that arrive while they are in sight would all be laid out at once.
  const end = Math.min(lastBlock + 1, Math.floor(((head.data?.total ?? 0) - 1) / BLOCK));
  const start = Math.max(firstBlock - 1, 1);
  const others = Array.from({ length: Math.max(0, end - start + 1) }, (_, at) => start + at);
  const loaded = useQueries({ queries: others.map(blockQuery) });
  const rowsOf = new Map(others.map((block, at) => [block, loaded[at]?.data?.rows]));
  rowsOf.set(0, head.data?.rows);

  const root = JSON.stringify(queryKey);
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: [...(JSON.parse(root) as unknown[]), 'rows'] });
  }, [queries, root, version]);

  const onRange = useCallback((first: number, last: number) => {
    const next = [Math.floor(first / BLOCK), Math.floor(last / BLOCK)] as const;
    setBlocks((before) => (before[0] === next[0] && before[1] === next[1] ? before : next));
  }, []);

  const allRows = async (): Promise<Row[]> => {
    const rows: Row[] = [];
    for (let total = 1; rows.length < total; ) {
      const page = await load(
        { ...order, offset: rows.length, limit: COPY_BLOCK },
        new AbortController().signal,
      );
      if (page.rows.length === 0) break;
      rows.push(...page.rows);
      total = page.total;
    }
    return rows;
  };

  if (head.error && !head.data) {
    return (
      <ErrorNotice
        error={toUserError(head.error)}
        title={`${label}: could not be read`}
        onRetry={() => void head.refetch()}
      />
    );
  }
  if (!head.data) return <Skeleton variant="rounded" sx={{ flex: 1, minHeight: props.minHeight ?? 200 }} />;
  const { total, of } = head.data;
  return (
    <RowGrid
      label={label}
      count={total}
      rowAt={(index) => rowsOf.get(Math.floor(index / BLOCK))?.[index % BLOCK]}
      allRows={allRows}
      columns={columns}
      keyOf={keyOf}
      sort={sort}
      onSort={setSort}
      rowHeight={props.rowHeight}
      onOpen={props.onOpen}
      onRange={onRange}
      toolbar={
        <>
          {toolbar}
          <span role="status">
            {total === of
              ? `${formatCount(total)} shown`
              : `${formatCount(total)} of ${formatCount(of)} shown`}
          </span>
        </>
      }
      empty={empty}
      minHeight={props.minHeight}
    />
  );
}
