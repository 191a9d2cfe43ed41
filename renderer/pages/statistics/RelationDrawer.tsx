import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import { Link as RouterLink } from 'react-router';
import { formatBytes, formatCount, formatPercent } from '#shared/model/format.ts';
import type { RelationColumn, RelationDetail, RelationIndex } from '#shared/model/statistics.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { pageAddress } from '#renderer/app/addresses.ts';
import { FindingLinks } from '#renderer/app/FindingLinks.tsx';
import { PlanButtons } from '#renderer/app/plan/PlanButtons.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { bytesColumn, countColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { ColumnTable } from '#renderer/components/ColumnTable.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { EvidenceList } from '#renderer/components/EvidenceList.tsx';
import { ObjectName, visible } from '#renderer/components/ObjectName.tsx';
import { QueryDrawer } from '#renderer/components/QueryDrawer.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';
import { SizeTrend } from './SizeTrend.tsx';

interface Props {
  readonly connectionId: string;
  /** Null = closed. */
  readonly oid: number | null;
  readonly onClose: () => void;
}

/** One table: where its space is, what its columns hold, which indexes it has, and how it is used. */
export function RelationDrawer({ connectionId, oid, onClose }: Props): ReactElement {
  const { client } = useBackend();
  return (
    <QueryDrawer
      id={oid}
      label="Table"
      failure="The table could not be read"
      queryKey={(id) => [...keys.insight(connectionId), 'relation', id]}
      height={480}
      load={(id, { signal }) => client.statistics.relation({ connectionId, oid: id }, { signal })}
      onClose={onClose}
    >
      {(detail) => <Detail connectionId={connectionId} detail={detail} />}
    </QueryDrawer>
  );
}

interface DetailProps {
  readonly connectionId: string;
  readonly detail: RelationDetail;
}

function Detail({ connectionId, detail }: DetailProps): ReactElement {
  const { row, columns, indexes, noEstimates } = detail;
  const options = Object.entries(detail.options);
  const hasPages = row.kind === 'table' || row.kind === 'matview';
  return (
    <>
      <div>
        <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
          <bdi>{visible(row.name)}</bdi>
        </Typography>
        <Typography sx={{ color: 'text.secondary', overflowWrap: 'anywhere' }}>
          {detail.isUnlogged ? 'unlogged ' : ''}
          {row.kind} in <bdi>{visible(row.schema)}</bdi>, owned by <bdi>{visible(detail.owner)}</bdi>
        </Typography>
        {detail.comment !== null && (
          <Typography sx={{ mt: 0.5, overflowWrap: 'anywhere' }}>
            <bdi>{visible(detail.comment)}</bdi>
          </Typography>
        )}
      </div>
      <DrawerSection title="Size">
        <ColumnTable columns={SIZES} rows={sizesOf(detail)} keyOf={(part) => part.name} />
      </DrawerSection>
      <DrawerSection title="Use">
        <EvidenceList evidence={useOf(detail)} />
      </DrawerSection>
      {(hasPages || row.kind === 'partitioned table') && (
        <PlanButtons>
          <RunPlanButton connectionId={connectionId} request={{ verb: 'analyze', tables: [row.oid] }}>
            Analyze…
          </RunPlanButton>
        </PlanButtons>
      )}
      <DrawerSection title={`Columns (${formatCount(columns.length)})`}>
        {noEstimates !== null && (
          <Typography sx={{ mb: 1, color: 'text.secondary' }}>
            No estimates: {visible(noEstimates)}
          </Typography>
        )}
        {columns.length > 0 && (
          <ColumnTable columns={COLUMNS} rows={columns} keyOf={(column) => column.name} />
        )}
      </DrawerSection>
      <DrawerSection title={`Indexes (${formatCount(indexes.length)})`}>
        {indexes.length > 0 ? (
          <ColumnTable columns={indexColumns(connectionId)} rows={indexes} keyOf={(index) => index.oid} />
        ) : (
          <Typography>None: every look-up reads the whole table.</Typography>
        )}
      </DrawerSection>
      {options.length > 0 && (
        <DrawerSection title="Storage parameters">
          {options.map(([name, value]) => (
            <Typography key={name} sx={{ overflowWrap: 'anywhere' }}>
              {name} = {visible(value)}
            </Typography>
          ))}
        </DrawerSection>
      )}
      <FindingLinks
        connectionId={connectionId}
        isAbout={(finding) =>
          finding.object.oid === row.oid ||
          (finding.object.table === row.name && finding.object.schema === row.schema)
        }
      />
      {hasPages && (
        <SizeTrend
          title="Heap in 30 days"
          label={`Size of the heap of ${row.name} over 30 days`}
          points={detail.growth}
        />
      )}
    </>
  );
}

interface Part {
  readonly name: string;
  readonly bytes: number;
  readonly share: number;
}

function sizesOf({ row }: RelationDetail): Part[] {
  return [
    ['Heap', row.heapBytes],
    ['Indexes', row.indexBytes],
    ['TOAST', row.toastBytes],
    ['Total', row.totalBytes],
  ].map(([name, bytes]) => ({
    name: String(name),
    bytes: Number(bytes),
    share: row.totalBytes > 0 ? Number(bytes) / row.totalBytes : 0,
  }));
}

const SIZES: readonly Column<Part>[] = [
  textColumn('name', 'Part', (part) => part.name),
  {
    ...bytesColumn<Part>('bytes', 'Size', (part) => part.bytes),
    cell: (part) => <ShareBar share={part.share}>{formatBytes(part.bytes)}</ShareBar>,
  },
  {
    id: 'share',
    header: 'Of all',
    minWidth: 80,
    isNumeric: true,
    value: (part) => formatPercent(part.share * 100),
  },
];

const COLUMNS: readonly Column<RelationColumn>[] = [
  nameColumn('name', 'Column', (column) => column.name),
  textColumn('type', 'Type', (column) => column.type),
  textColumn('isNullable', 'NULL', (column) => nullWords(column)),
  {
    id: 'distinct',
    header: 'Distinct values',
    minWidth: 110,
    isNumeric: true,
    value: (column) => distinctWords(column),
  },
  {
    id: 'width',
    header: 'Width',
    minWidth: 70,
    isNumeric: true,
    value: ({ estimate }) => (estimate === null ? '–' : formatBytes(estimate.averageWidthBytes)),
  },
];

function nullWords({ isNullable, estimate }: RelationColumn): string {
  if (!isNullable) return 'never';
  return estimate === null ? 'allowed' : formatPercent(estimate.nullPercent);
}

function distinctWords({ estimate }: RelationColumn): string {
  if (estimate === null) return '–';
  if (estimate.isAllDistinct) return 'all';
  return estimate.distinctValues === null ? 'unknown' : formatCount(estimate.distinctValues);
}

function indexColumns(connectionId: string): readonly Column<RelationIndex>[] {
  return [
    {
      ...nameColumn<RelationIndex>('name', 'Index', (index) => index.name),
      cell: (index) => (
        <Link
          component={RouterLink}
          color="inherit"
          to={pageAddress(connectionId, 'indexes', `index=${index.oid}`)}
        >
          <ObjectName name={index.name} />
        </Link>
      ),
    },
    textColumn('kind', 'Kind', (index) => index.kind),
    bytesColumn('sizeBytes', 'Size', (index) => index.sizeBytes),
    countColumn('scans', 'Scans', (index) => index.scans),
  ];
}

function useOf({ row, use, lastAnalyzeAt }: RelationDetail) {
  return {
    rowsEstimate: row.rows,
    seqScans: row.seqScans,
    rowsPerSeqScan: row.seqScans > 0 ? Math.round(use.seqRowsRead / row.seqScans) : null,
    ...(use.lastSeqScanAt === null ? {} : { lastSeqScanAt: use.lastSeqScanAt }),
    indexScans: row.indexScans,
    ...(use.lastIndexScanAt === null ? {} : { lastIndexScanAt: use.lastIndexScanAt }),
    inserted: use.inserted,
    updated: use.updated,
    ...(row.hotPercent === null ? {} : { hotUpdatesPercent: row.hotPercent }),
    deleted: use.deleted,
    ...(lastAnalyzeAt === null ? { lastAnalyzed: 'never' } : { lastAnalyzeAt }),
  };
}
