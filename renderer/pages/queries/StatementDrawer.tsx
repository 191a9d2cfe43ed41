import Box from '@mui/material/Box';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactElement } from 'react';
import type { StatementDetail } from '#shared/model/queries.ts';
import { formatCount, formatInstant } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { FindingLinks } from '#renderer/app/FindingLinks.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { EvidenceList } from '#renderer/components/EvidenceList.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { TwinPanel } from '#renderer/components/TwinPanel.tsx';
import { StatementPlanView } from './StatementPlanView.tsx';
import { StatementText } from './StatementText.tsx';

const TrendChart = lazy(async () => ({
  default: (await import('#renderer/components/TrendChart.tsx')).TrendChart,
}));
const CHART_HEIGHT = 150;

interface Props {
  readonly connectionId: string;
  /** Key of the statement; null = closed. */
  readonly statement: string | null;
  readonly from: string | null;
  readonly onClose: () => void;
}

/** One statement: its text, its figures, how they went, and its plan. */
export function StatementDrawer({ connectionId, statement, from, onClose }: Props): ReactElement {
  return (
    <DetailDrawer isOpen={statement !== null} label="Statement" onClose={onClose}>
      {statement !== null && <Detail connectionId={connectionId} statement={statement} from={from} />}
    </DetailDrawer>
  );
}

function Detail({
  connectionId,
  statement,
  from,
}: Omit<Props, 'onClose'> & { readonly statement: string }): ReactElement {
  const { client } = useBackend();
  const { data, error, refetch } = useQuery({
    queryKey: [...keys.insight(connectionId), 'statement', statement, from],
    queryFn: ({ signal }) => client.queries.detail({ connectionId, key: statement, from }, { signal }),
  });
  if (error)
    return (
      <ErrorNotice
        error={toUserError(error)}
        title="The statement could not be read"
        onRetry={() => void refetch()}
      />
    );
  if (!data) return <Skeleton variant="rounded" height={420} />;
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 2.5 }}>
      <Typography variant="h1" component="h2">
        Statement {data.row.queryId}
      </Typography>
      {data.text === null ? (
        <Typography>The text is hidden from this role.</Typography>
      ) : (
        <StatementText text={data.text} />
      )}
      {data.row.suspicion !== null && (
        <DrawerSection title="Perhaps one query per row">
          <Typography>{data.row.suspicion}</Typography>
        </DrawerSection>
      )}
      <DrawerSection title="Figures">
        <EvidenceList evidence={figuresOf(data)} />
      </DrawerSection>
      <Trend data={data} />
      {data.text !== null && <StatementPlanView connectionId={connectionId} text={data.text} />}
      <FindingLinks
        connectionId={connectionId}
        isAbout={(finding) => finding.object.kind === 'statement' && finding.object.name === data.row.queryId}
      />
    </Box>
  );
}

function figuresOf({ row, isTopLevel }: StatementDetail) {
  return {
    calls: row.calls,
    totalMs: row.totalMs,
    ofAllTimePercent: row.sharePercent,
    meanMs: row.meanMs,
    ...(row.maxMs === null ? {} : { maxMs: row.maxMs }),
    ...(row.stddevMs === null ? {} : { standardDeviationMs: row.stddevMs }),
    ...(row.planMs === null ? {} : { planningMs: row.planMs }),
    rowsPerCall: Math.round(row.rowsPerCall * 100) / 100,
    ...(row.hitPercent === null ? {} : { cacheHitPercent: row.hitPercent }),
    temporaryBytes: row.tempBytes,
    ...(row.ioMs === null ? {} : { readingAndWritingMs: row.ioMs }),
    ...(row.walBytes === null ? {} : { walBytes: row.walBytes }),
    role: row.role,
    calledBy: isTopLevel ? 'a client' : 'a function',
    tags: row.tags === '' ? 'none' : `${row.tags} (of the call that the server saw first)`,
  };
}

function Trend({ data }: { readonly data: StatementDetail }): ReactElement {
  const points = data.calls.filter((point) => point.value !== null);
  if (points.length < 2) {
    return (
      <DrawerSection title="Last 24 hours">
        <EmptyState title="No history yet.">
          It begins with the second sample, a minute after connecting.
        </EmptyState>
      </DrawerSection>
    );
  }
  return (
    <TwinPanel
      title="Calls, last 24 hours"
      chartHeight={CHART_HEIGHT}
      chart={
        <TrendChart
          label="Calls over the last 24 hours; the table view has the same numbers"
          series={[
            {
              name: 'Calls',
              points: points.map(({ at, value }) => ({ atMs: Date.parse(at), value })),
            },
          ]}
          format={formatCount}
          height={CHART_HEIGHT}
        />
      }
      table={
        <PlainTable>
          <thead>
            <tr>
              <th scope="col">At</th>
              <th scope="col" className="number">
                Calls so far
              </th>
            </tr>
          </thead>
          <tbody>
            {points.map(({ at, value }) => (
              <tr key={at}>
                <td>{formatInstant(at)}</td>
                <td className="number">{formatCount(value ?? 0)}</td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      }
    />
  );
}
