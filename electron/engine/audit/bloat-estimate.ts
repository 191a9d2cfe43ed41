import type { ColumnStatistics, Facts, IndexFact, TableFact } from '#shared/model/facts.ts';
import type { Catalog } from './catalog.ts';
import { expectedRowBytes, maxAligned, type StoredColumn, storedColumn } from './tuple-layout.ts';

/**
 * How large a table or btree index would be if it had just been built, from row counts and mean column widths.
 * The idea is the well-known estimate from planner statistics; padding, NULL bitmaps and fill factors are computed
 * from the row layout. TOAST is apart: a moved-out value counts with its 18-byte pointer, which is its mean width.
 */
export interface BloatEstimate {
  /** As it is; pages of `server.blockSizeBytes`. */
  readonly pages: number;
  /** Freshly built, with its fill factor kept free. */
  readonly expectedPages: number;
  /** 0–100; never negative: deduplication makes btrees smaller than expected. */
  readonly bloatPercent: number;
  readonly wastedBytes: number;
  /** Kept free on purpose by the fill factor, of `expectedPages`. */
  readonly reserveBytes: number;
  readonly fillFactorPercent: number;
  readonly rowBytes: number;
}

export interface NoEstimate {
  readonly reason: string;
}

export interface Estimator {
  table(table: TableFact): BloatEstimate | NoEstimate;
  /** btree only. */
  index(index: IndexFact): BloatEstimate | NoEstimate;
}

/** Statistics are grouped on first use, so that a database without a large table pays nothing. */
export function createEstimator(
  facts: Pick<Facts, 'columnStatistics' | 'server'>,
  catalog: Catalog,
): Estimator {
  let grouped: Map<number, Map<number, ColumnStatistics>> | null = null;
  const statisticsOf = (relationOid: number): ReadonlyMap<number, ColumnStatistics> => {
    grouped ??= groupStatistics(facts.columnStatistics);
    return grouped.get(relationOid) ?? new Map();
  };
  const block = facts.server.blockSizeBytes;
  return {
    table: (table) => estimateTable(table, statisticsOf(table.oid), catalog, block),
    index: (index) => estimateIndex(index, statisticsOf, catalog, block),
  };
}

export function isEstimate(result: BloatEstimate | NoEstimate): result is BloatEstimate {
  return 'pages' in result;
}

const PAGE_HEADER = 24;
const LINE_POINTER = 4;
const HEAP_HEADER = 23;
/** BTPageOpaqueData at the end of every btree page. */
const BTREE_SPECIAL = 16;
const INDEX_HEADER = 8;
/** INDEX_MAX_KEYS / 8: an index row with a NULL carries the whole bitmap. */
const INDEX_BITMAP = 4;
const NEVER_ANALYSED: NoEstimate = { reason: 'the number of rows is not known (never analysed)' };
const NO_STATISTICS: NoEstimate = { reason: 'column statistics are missing or not readable' };
const NAME_COLUMN: NoEstimate = { reason: 'a column of type name makes the estimate wrong' };

function estimateTable(
  table: TableFact,
  statistics: ReadonlyMap<number, ColumnStatistics>,
  catalog: Catalog,
  block: number,
): BloatEstimate | NoEstimate {
  if (table.estimatedRows === null) return NEVER_ANALYSED;
  const numbers = catalog.columnNumbers(table.oid);
  if (numbers.length === 0) return { reason: 'its columns could not be read' };
  // Old rows still hold the values of dropped columns, which no statistics describe.
  if (Math.max(...numbers) !== numbers.length) return { reason: 'dropped columns make the estimate wrong' };
  const columns: StoredColumn[] = [];
  for (const number of numbers) {
    const known = statistics.get(number);
    if (!known) return NO_STATISTICS;
    const stored = storedOf(table.oid, number, known, catalog);
    if (!stored) return NAME_COLUMN;
    columns.push(stored);
  }
  const withNulls = maxAligned(HEAP_HEADER + Math.ceil(numbers.length / 8));
  const header = mixed(anyNull(columns), withNulls, maxAligned(HEAP_HEADER));
  const rowBytes = header + expectedRowBytes(columns);
  const fillFactor = fillFactorOf(table.options, 100);
  const reserve = (block * (100 - fillFactor)) / 100;
  const isFixed = columns.every((c) => c.isFixed);
  const perPage = rowsPerPage(block - PAGE_HEADER - reserve, rowBytes + LINE_POINTER, isFixed);
  return compare(table, Math.ceil(table.estimatedRows / perPage), reserve, fillFactor, rowBytes);
}

function estimateIndex(
  index: IndexFact,
  statisticsOf: (relationOid: number) => ReadonlyMap<number, ColumnStatistics>,
  catalog: Catalog,
  block: number,
): BloatEstimate | NoEstimate {
  if (index.estimatedRows === null) return NEVER_ANALYSED;
  const ofTable = statisticsOf(index.tableOid);
  const ofIndex = statisticsOf(index.oid);
  const columns: StoredColumn[] = [];
  for (const [at, number] of index.columns.entries()) {
    // Expressions have statistics of their own, kept under the index by position.
    const known = number === 0 ? ofIndex.get(at + 1) : ofTable.get(number);
    if (!known) return NO_STATISTICS;
    const stored =
      number === 0
        ? storedColumn(undefined, undefined, known)
        : storedOf(index.tableOid, number, known, catalog);
    if (!stored) return NAME_COLUMN;
    columns.push(stored);
  }
  const header = mixed(anyNull(columns), maxAligned(INDEX_HEADER + INDEX_BITMAP), INDEX_HEADER);
  const rowBytes = header + expectedRowBytes(columns);
  const fillFactor = fillFactorOf(index.storageOptions, 90);
  const reserve = (block * (100 - fillFactor)) / 100;
  const usable = block - PAGE_HEADER - BTREE_SPECIAL;
  const item = rowBytes + LINE_POINTER;
  const isFixed = columns.every((c) => c.isFixed);
  // Each leaf page but the last begins with a high key; upper levels hold one downlink per page, 70 % full.
  const leafPages = Math.ceil(index.estimatedRows / rowsPerPage(usable - reserve - item, item, isFixed));
  const fanout = Math.max(2, Math.floor((usable * 0.7) / item));
  const upperPages = leafPages > 1 ? Math.ceil(leafPages / (fanout - 1)) : 0;
  return compare(index, 1 + leafPages + upperPages, reserve, fillFactor, rowBytes);
}

/** Percent from the last counted pages, because rows were counted then too; bytes from the size as it is now. */
function compare(
  relation: TableFact | IndexFact,
  expectedPages: number,
  reserve: number,
  fillFactorPercent: number,
  rowBytes: number,
): BloatEstimate {
  const share = relation.pages > 0 ? Math.max(0, 1 - expectedPages / relation.pages) : 0;
  return {
    pages: relation.pages,
    expectedPages,
    bloatPercent: share * 100,
    wastedBytes: Math.round(share * relation.sizeBytes),
    reserveBytes: Math.round(Math.min(expectedPages, relation.pages) * reserve),
    fillFactorPercent,
    rowBytes: Math.round(rowBytes),
  };
}

/** Whole rows where all are equally long; else the last gap of a page is half a row on average. */
function rowsPerPage(usableBytes: number, itemBytes: number, isFixed: boolean): number {
  const rows = usableBytes / itemBytes;
  return Math.max(1, isFixed ? Math.floor(rows) : rows - 0.5);
}

function storedOf(
  tableOid: number,
  number: number,
  statistics: ColumnStatistics,
  catalog: Catalog,
): StoredColumn | null {
  const type = catalog.type(catalog.column(tableOid, number)?.typeOid ?? 0);
  const base = type?.baseTypeOid ? catalog.type(type.baseTypeOid) : undefined;
  return storedColumn(type, base, statistics);
}

/** Chance that a row has at least one NULL, taking columns as independent. */
function anyNull(columns: readonly StoredColumn[]): number {
  return 1 - columns.reduce((none, c) => none * (1 - c.nullFraction), 1);
}

function mixed(chance: number, yes: number, no: number): number {
  return chance * yes + (1 - chance) * no;
}

function fillFactorOf(options: Readonly<Record<string, string>>, builtIn: number): number {
  const own = Number(options['fillfactor'] ?? Number.NaN);
  return own >= 10 && own <= 100 ? own : builtIn;
}

function groupStatistics(rows: readonly ColumnStatistics[]): Map<number, Map<number, ColumnStatistics>> {
  const groups = new Map<number, Map<number, ColumnStatistics>>();
  for (const row of rows) {
    const group = groups.get(row.relationOid);
    if (group) group.set(row.column, row);
    else groups.set(row.relationOid, new Map([[row.column, row]]));
  }
  return groups;
}
