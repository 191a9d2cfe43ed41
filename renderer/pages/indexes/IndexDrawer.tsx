import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { Evidence } from '#shared/model/finding.ts';
import type { IndexColumns, IndexDetail } from '#shared/model/indexes.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useIndexDetail, useLatestAudit } from '#renderer/api/queries.ts';
import { pageAddress } from '#renderer/app/addresses.ts';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { EvidenceList } from '#renderer/components/EvidenceList.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';
import { useCheckTitles } from '#renderer/app/use-check-titles.ts';
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
          <FindingsOf connectionId={connectionId} fingerprints={data.findingFingerprints} />
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

interface FindingsProps {
  readonly connectionId: string;
  readonly fingerprints: readonly string[];
}

function FindingsOf({ connectionId, fingerprints }: FindingsProps): ReactElement {
  const { data: audit } = useLatestAudit(connectionId);
  const titleOf = useCheckTitles();
  const wanted = new Set(fingerprints);
  const findings = audit?.findings.filter((finding) => wanted.has(finding.fingerprint)) ?? [];
  return (
    <section>
      <Typography variant="h2" component="h3" sx={{ mb: 0.75 }}>
        Findings
      </Typography>
      {findings.length === 0 ? (
        <Typography>No finding about this index.</Typography>
      ) : (
        <Box
          component="ul"
          sx={{ m: 0, p: 0, listStyle: 'none', display: 'grid', gap: 0.5, justifyItems: 'start' }}
        >
          {findings.map((finding) => (
            <li key={finding.fingerprint}>
              <Button
                component={Link}
                color="inherit"
                to={pageAddress(
                  connectionId,
                  'findings',
                  new URLSearchParams({ finding: finding.fingerprint }).toString(),
                )}
                startIcon={<SeverityMark mark={finding.severity} isShapeOnly />}
              >
                {titleOf(finding.check)}
              </Button>
            </li>
          ))}
        </Box>
      )}
    </section>
  );
}
