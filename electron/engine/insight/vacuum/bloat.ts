import type { IndexFact, TableFact } from '#shared/model/facts.ts';
import { COLUMN_STATISTICS_MIN_PAGES } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { BloatMeasured, BloatRow, Confidence, PgstattupleState } from '#shared/model/vacuum.ts';
import {
  type BloatEstimate,
  createEstimator,
  isEstimate,
  type NoEstimate,
} from '#engine/audit/bloat-estimate.ts';
import { areStatisticsFresh } from '#engine/audit/bloat-limits.ts';
import { EngineError } from '#engine/errors.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { oncePer } from '../grid.ts';
import { catalogOf, vacuumedTables } from './tables.ts';

/** Below this no relation is worth a rewrite, and its widths are not read. */
const MIN_PAGES = COLUMN_STATISTICS_MIN_PAGES;
const FRESH_PERCENT = 10;
const MEASURE_TIMEOUT_MS = 120_000;

/** Estimates for what is large enough to matter, labelled with how far they can be trusted. */
export const bloatRows = oncePer((snapshot: Snapshot): readonly BloatRow[] => {
  const catalog = catalogOf(snapshot);
  const { facts } = snapshot;
  const estimator = createEstimator(
    { columnStatistics: facts.columnStatistics ?? [], server: facts.server },
    catalog,
  );
  const tables = vacuumedTables(snapshot).filter((t) => t.pages >= MIN_PAGES);
  const indexes = (facts.indexes ?? []).filter(
    (i) => i.pages >= MIN_PAGES && i.accessMethod === 'btree' && i.isValid && !i.isPartitioned,
  );
  return [
    ...tables.map((table) => tableRow(table, estimator.table(table))),
    ...indexes.map((index) => {
      const table = catalog.table(index.tableOid);
      return indexRow(index, table, estimator.index(index));
    }),
  ];
});

function tableRow(table: TableFact, estimate: BloatEstimate | NoEstimate): BloatRow {
  const row = { oid: table.oid, schema: table.schema, name: table.name, table: null, kind: 'table' as const };
  if (!isEstimate(estimate))
    return { ...row, ...NOT_ESTIMATED, sizeBytes: table.sizeBytes, reason: estimate.reason };
  const deadBytes = Math.min(estimate.wastedBytes, Math.round(table.deadRows * (estimate.rowBytes + 4)));
  return {
    ...row,
    sizeBytes: table.sizeBytes,
    wastedBytes: estimate.wastedBytes,
    wastedPercent: estimate.bloatPercent,
    deadBytes,
    freeBytes: estimate.wastedBytes - deadBytes,
    reserveBytes: estimate.reserveBytes,
    ...trustInTable(table),
  };
}

function indexRow(
  index: IndexFact,
  table: TableFact | undefined,
  estimate: BloatEstimate | NoEstimate,
): BloatRow {
  const row = {
    oid: index.oid,
    schema: index.schema,
    name: index.name,
    table: table?.name ?? null,
    kind: 'index' as const,
  };
  if (!isEstimate(estimate))
    return { ...row, ...NOT_ESTIMATED, sizeBytes: index.sizeBytes, reason: estimate.reason };
  return {
    ...row,
    sizeBytes: index.sizeBytes,
    wastedBytes: estimate.wastedBytes,
    wastedPercent: estimate.bloatPercent,
    deadBytes: null,
    freeBytes: estimate.wastedBytes,
    reserveBytes: estimate.reserveBytes,
    ...trustInIndex(index, table),
  };
}

const NOT_ESTIMATED = {
  wastedBytes: null,
  wastedPercent: null,
  deadBytes: null,
  freeBytes: null,
  reserveBytes: null,
  confidence: null,
} as const;

type Trust = { readonly confidence: Confidence; readonly reason: string };

/** High only where row count and widths are as of now: what changed since ANALYZE is what the estimate cannot see. */
function trustInTable(table: TableFact): Trust {
  if (!areStatisticsFresh(table, FRESH_PERCENT))
    return { confidence: 'low', reason: 'many rows changed since the last ANALYZE' };
  if (table.toastPages > 0)
    return { confidence: 'medium', reason: 'some values are stored in TOAST: their mean width is rough' };
  return { confidence: 'high', reason: 'row count and column widths are fresh' };
}

function trustInIndex(index: IndexFact, table: TableFact | undefined): Trust {
  if (!table || !areStatisticsFresh(table, FRESH_PERCENT))
    return { confidence: 'low', reason: 'many rows changed since the last ANALYZE' };
  if (!index.isUnique)
    return {
      confidence: 'medium',
      reason: 'equal keys are stored once (deduplication), which makes it smaller than expected',
    };
  if (index.columns.includes(0))
    return { confidence: 'medium', reason: 'an expression: its widths are rough' };
  return { confidence: 'high', reason: 'row count and column widths are fresh' };
}

/** Whether a measurement is possible here, and what would make it so. */
export function pgstattupleState({ facts }: Snapshot): PgstattupleState {
  const extension = facts.extensions?.find((e) => e.name === 'pgstattuple');
  if (!extension) return { state: 'unavailable' };
  return extension.installedVersion === null
    ? { state: 'missing', sql: 'CREATE EXTENSION pgstattuple' }
    : { state: 'ready' };
}

/**
 * Measures a table with pgstattuple_approx() or a btree index with pgstatindex(): reads all of it, or all of it that
 * the visibility map does not vouch for. Throws NOT_FOUND, PERMISSION_DENIED, STATEMENT_TIMEOUT after two minutes.
 */
export async function measureBloat(
  session: ReadSession,
  row: BloatRow,
  signal: AbortSignal | undefined,
): Promise<BloatMeasured> {
  const extension = session.capabilities.extensions.get('pgstattuple');
  if (!extension) {
    throw new EngineError(
      'NOT_FOUND',
      'The extension pgstattuple is not installed in this database.',
      'Run CREATE EXTENSION pgstattuple, then read the page again.',
    );
  }
  const schema = quoteIdentifier(extension.schema);
  const sql = row.kind === 'table' ? tableSql(schema) : indexSql(schema);
  const startedMs = performance.now();
  const [result] = await session.read('measure bloat', (transaction) => transaction.rows(sql, [row.oid]), {
    signal,
    statementTimeoutMs: MEASURE_TIMEOUT_MS,
  });
  const [size, dead, free] = (result ?? []).map(Number);
  const sizeBytes = size ?? 0;
  const [deadBytes, freeBytes] = [dead ?? 0, free ?? 0];
  return {
    method: row.kind === 'table' ? 'pgstattuple_approx' : 'pgstatindex',
    sizeBytes,
    deadBytes,
    freeBytes,
    wastedPercent: sizeBytes > 0 ? ((deadBytes + freeBytes) / sizeBytes) * 100 : 0,
    durationMs: Math.round(performance.now() - startedMs),
  };
}

function tableSql(schema: string): string {
  return `SELECT table_len, dead_tuple_len, approx_free_space FROM ${schema}.pgstattuple_approx($1::pg_catalog.oid::pg_catalog.regclass)`;
}

/** Leaf pages are filled to avg_leaf_density percent; a fresh index to its fill factor, 90 unless set. */
function indexSql(schema: string): string {
  return `
    SELECT index_size, 0, greatest(0, index_size * (1 - avg_leaf_density / coalesce(
      (SELECT option_value::float8 FROM pg_catalog.pg_class c, pg_catalog.pg_options_to_table(c.reloptions)
       WHERE c.oid = $1::pg_catalog.oid AND option_name = 'fillfactor'), 90)))
    FROM ${schema}.pgstatindex($1::pg_catalog.oid::pg_catalog.regclass)`;
}
