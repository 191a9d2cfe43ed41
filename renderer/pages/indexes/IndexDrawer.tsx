import Box from '@mui/material/Box';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { IndexDetail } from '#shared/model/indexes.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { FindingLinks } from '#renderer/app/FindingLinks.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { EvidenceList } from '#renderer/components/EvidenceList.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';
import { flagWords } from './index-rows.ts';

interface Props {
  readonly connectionId: string;
  /** Null = closed. */
  readonly oid: number | null;
  readonly onClose: () => void;
}

/** One index: definition, use, the findings about it, and how it would go. */
export function IndexDrawer({ connectionId, oid, onClose }: Props): ReactElement {
  return (
    <DetailDrawer isOpen={oid !== null} label="Index" onClose={onClose}>
      {oid !== null && <Detail key={oid} connectionId={connectionId} oid={oid} />}
    </DetailDrawer>
  );
}

function Detail({
  connectionId,
  oid,
}: {
  readonly connectionId: string;
  readonly oid: number;
}): ReactElement {
  const { client } = useBackend();
  const { data, error, refetch } = useQuery({
    queryKey: [...keys.insight(connectionId), 'index', oid],
    queryFn: ({ signal }) => client.indexes.detail({ connectionId, oid }, { signal }),
  });
  if (error)
    return (
      <ErrorNotice
        error={toUserError(error)}
        title="The index could not be read"
        onRetry={() => void refetch()}
      />
    );
  if (!data) return <Skeleton variant="rounded" height={320} />;
  const flags = flagWords(data.row.flags);
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 2.5 }}>
      <div>
        <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
          <bdi>{visible(data.row.name)}</bdi>
        </Typography>
        <Typography sx={{ color: 'text.secondary', overflowWrap: 'anywhere' }}>
          {data.row.accessMethod} index on <bdi>{visible(`${data.row.schema}.${data.row.table}`)}</bdi>
          {flags.length > 0 && ` · ${flags.join(', ')}`}
        </Typography>
      </div>
      <DrawerSection title="Definition">
        <SqlBlock statements={[data.definition]} label="Index definition" />
      </DrawerSection>
      <DrawerSection title="Use">
        <EvidenceList evidence={useOf(data)} />
      </DrawerSection>
      <FindingLinks
        connectionId={connectionId}
        isAbout={(finding) => finding.object.kind === 'index' && finding.object.oid === oid}
      />
      {data.row.keepReason !== null ? (
        <DrawerSection title="Keep it">{data.row.keepReason}</DrawerSection>
      ) : (
        data.fix && <FixView fix={data.fix} />
      )}
    </Box>
  );
}

function useOf({ row, ...detail }: IndexDetail) {
  return {
    sizeBytes: row.sizeBytes,
    scans: row.scans,
    ...(row.lastScanAt === null ? {} : { lastScanAt: row.lastScanAt }),
    entriesRead: detail.rowsRead,
    rowsFetched: detail.rowsFetched,
    tableRows: detail.tableRows,
    tableWrites: row.tableWrites,
    backsConstraint: detail.constraint ?? 'none',
    doesTheSameAs: row.coveredBy ?? 'none',
  };
}
