import Box from '@mui/material/Box';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import type { Evidence } from '#shared/model/finding.ts';
import type { IndexColumns, IndexDetail } from '#shared/model/indexes.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useIndexDetail } from '#renderer/api/queries.ts';
import { FindingLinks } from '#renderer/app/FindingLinks.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { EvidenceList } from '#renderer/components/EvidenceList.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';
import { flagWords, type IndexRow } from './index-rows.ts';

interface Props {
  readonly connectionId: string;
  readonly columns: IndexColumns;
  readonly row: IndexRow | null;
  readonly onClose: () => void;
}

/** One index: definition, use, and the findings about it. */
export function IndexDrawer({ connectionId, columns, row, onClose }: Props): ReactElement {
  return (
    <DetailDrawer isOpen={row !== null} label="Index" onClose={onClose}>
      {row !== null && <Detail connectionId={connectionId} columns={columns} row={row} />}
    </DetailDrawer>
  );
}

interface DetailProps {
  readonly connectionId: string;
  readonly columns: IndexColumns;
  readonly row: IndexRow;
}

function Detail({ connectionId, columns, row }: DetailProps): ReactElement {
  const { data, error, refetch } = useIndexDetail(connectionId, columns.oid[row] ?? 0);
  const flags = flagWords(columns.flags[row] ?? 0);
  return (
    <Box sx={{ display: 'grid', gap: 2.5 }}>
      <div>
        <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
          <bdi>{visible(columns.name[row] ?? '')}</bdi>
        </Typography>
        <Typography sx={{ color: 'text.secondary', overflowWrap: 'anywhere' }}>
          {columns.accessMethod[row]} index on{' '}
          <bdi>{visible(`${columns.schema[row]}.${columns.table[row]}`)}</bdi>
          {flags.length > 0 && ` · ${flags.join(', ')}`}
        </Typography>
      </div>
      {error ? (
        <ErrorNotice
          error={toUserError(error)}
          title="The index could not be read"
          onRetry={() => void refetch()}
        />
      ) : !data ? (
        <Skeleton variant="rounded" height={260} />
      ) : (
        <>
          <section>
            <Typography variant="h2" component="h3" sx={{ mb: 0.75 }}>
              Definition
            </Typography>
            <SqlBlock statements={[data.definition]} label="Index definition" />
          </section>
          <section>
            <Typography variant="h2" component="h3" sx={{ mb: 0.75 }}>
              Use
            </Typography>
            <EvidenceList evidence={useOf(columns, row, data)} />
          </section>
          <FindingLinks
            connectionId={connectionId}
            isAbout={(finding) => data.findingFingerprints.includes(finding.fingerprint)}
          />
        </>
      )}
    </Box>
  );
}

function useOf(columns: IndexColumns, row: IndexRow, detail: IndexDetail): Evidence {
  const lastScanAt = columns.lastScanAt[row] ?? null;
  return {
    sizeBytes: columns.sizeBytes[row] ?? null,
    scans: columns.scans[row] ?? null,
    ...(lastScanAt === null ? {} : { lastScanAt }),
    entriesRead: detail.rowsRead,
    rowsFetched: detail.rowsFetched,
    tableRows: detail.tableRows,
    tableWrites: detail.tableWrites,
    backsConstraint: detail.constraint ?? 'none',
  };
}
