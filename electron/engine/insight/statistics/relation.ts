import type { TableFact } from '#shared/model/facts.ts';
import type { HistoryPoint } from '#shared/model/history.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { RelationColumn, RelationDetail, RelationIndex, RelationRow } from '#shared/model/statistics.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { number } from '#engine/collect/decode.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import { quoteIdentifier, quoteQualified } from '#engine/postgres/quote.ts';
import type { ReadSession, Row } from '#engine/postgres/read-session.ts';
import { later } from '../instants.ts';
import { catalogOf } from './overview.ts';

/** What the pages' facts know of a relation, with what was read of it just now. */
export function relationDetail(
  snapshot: Snapshot,
  row: RelationRow,
  read: { readonly columns: ReadColumns; readonly growth: readonly HistoryPoint[] },
): RelationDetail {
  const catalog = catalogOf(snapshot);
  const table = catalog.table(row.oid);
  if (!table) throw goneRelation();
  const lastAnalyzeAt = later(table.lastAnalyzeAt, table.lastAutoanalyzeAt);
  return {
    row,
    owner: table.owner,
    comment: table.comment,
    isUnlogged: table.persistence === 'u',
    options: table.options,
    use: {
      seqRowsRead: table.seqRowsRead,
      inserted: table.inserted,
      updated: table.updated,
      deleted: table.deleted,
      lastSeqScanAt: table.lastSeqScanAt,
      lastIndexScanAt: table.lastIndexScanAt,
    },
    lastAnalyzeAt,
    columns: read.columns.rows.map((column) => toColumn(column, table)),
    noEstimates: noEstimates(read.columns, table),
    indexes: indexesOf(catalog, table),
    growth: read.growth,
  };
}

export function goneRelation(): EngineError {
  return new EngineError('NOT_FOUND', 'This table is gone.', 'Read the page again.');
}

export interface ReadColumns {
  readonly role: string;
  readonly rows: readonly Row[];
}

/** Columns of a relation with the planner's estimates of them; takes no lock on it. */
export async function readColumns(
  session: ReadSession,
  oid: number,
  { signal }: Abortable,
): Promise<ReadColumns> {
  const rows = await session.read('columns', (t) => t.rows(COLUMNS_SQL, [oid]), { signal });
  return { role: session.capabilities.role, rows };
}

/** Partitioned tables have statistics of all their partitions together only, others may have both. */
const COLUMNS_SQL = `SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
  s.null_frac, s.avg_width, s.n_distinct,
  pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT'), pg_catalog.row_security_active(c.oid)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname
  AND s.attname = a.attname AND s.inherited = (c.relkind = 'p')
WHERE c.oid = $1
ORDER BY a.attnum`;

function toColumn(
  [name, type, isNotNull, nulls, width, distinct]: Row,
  { estimatedRows }: TableFact,
): RelationColumn {
  const isEstimated = distinct !== null && distinct !== undefined;
  const share = isEstimated ? number(distinct) : 0;
  const counted = share >= 0 ? share : estimatedRows === null ? null : Math.round(-share * estimatedRows);
  return {
    name: String(name),
    type: String(type),
    isNullable: isNotNull !== true,
    estimate: isEstimated
      ? {
          nullPercent: number(nulls) * 100,
          averageWidthBytes: number(width),
          // 0 = unknown to the planner.
          distinctValues: share === 0 ? null : counted,
          isAllDistinct: share === -1,
        }
      : null,
  };
}

function noEstimates({ role, rows }: ReadColumns, table: TableFact): string | null {
  if (rows.length === 0 || rows.some(([, , , , , distinct]) => distinct !== null)) return null;
  const [, , , , , , isReadable, isRowSecured] = rows[0] ?? [];
  if (isRowSecured === true) return 'Row security hides them from this role.';
  if (isReadable !== true)
    return `This role may not see them: GRANT SELECT ON ${quoteQualified(table.schema, table.name)} TO ${quoteIdentifier(role)};`;
  return 'There are none until ANALYZE has run on rows.';
}

function indexesOf(catalog: Catalog, table: TableFact): RelationIndex[] {
  return catalog
    .indexesOf(table.oid)
    .map((index) => ({
      oid: index.oid,
      name: index.name,
      kind: index.isPrimary
        ? ('primary key' as const)
        : index.isExclusion
          ? ('exclusion' as const)
          : index.isUnique
            ? ('unique' as const)
            : ('index' as const),
      sizeBytes: index.sizeBytes,
      scans: index.scans,
    }))
    .sort((a, b) => b.sizeBytes - a.sizeBytes || a.name.localeCompare(b.name));
}
