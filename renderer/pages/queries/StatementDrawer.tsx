import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { Evidence } from '#shared/model/finding.ts';
import type { StatementDetail } from '#shared/model/queries.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { FindingLinks } from '#renderer/app/FindingLinks.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { EvidenceList } from '#renderer/components/EvidenceList.tsx';
import { Pending } from '#renderer/components/Pending.tsx';
import { Exclusion } from './Exclusion.tsx';
import { StatementPlanView } from './StatementPlanView.tsx';
import { StatementTrend } from './StatementTrend.tsx';
import { StatementText } from './StatementText.tsx';

interface Props {
  readonly connectionId: string;
  /** Key of the statement; null = closed. */
  readonly statement: string | null;
  readonly from: string | null;
  /** Another database than that of the connection. */
  readonly database: string | null;
  readonly onClose: () => void;
}

/** One statement: its text, its figures, how they went, and its plan. */
export function StatementDrawer({ onClose, ...selection }: Props): ReactElement {
  return (
    <DetailDrawer isOpen={selection.statement !== null} label="Statement" onClose={onClose}>
      {selection.statement !== null && <Detail {...selection} statement={selection.statement} />}
    </DetailDrawer>
  );
}

function Detail({
  connectionId,
  statement,
  from,
  database,
}: Omit<Props, 'onClose'> & { readonly statement: string }): ReactElement {
  const { client } = useBackend();
  const query = useQuery({
    queryKey: [...keys.insight(connectionId), 'statement', statement, from, database],
    queryFn: ({ signal }) =>
      client.queries.detail({ connectionId, key: statement, from, database }, { signal }),
  });
  const { data } = query;
  if (!data) return <Pending query={query} failure="The statement could not be read" height={420} />;
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 2.5 }}>
      <Typography variant="h1" component="h2">
        Statement {data.row.queryId || 'of another role'}
      </Typography>
      <Exclusion connectionId={connectionId} database={database} detail={data} />
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
        <EvidenceList
          evidence={{ ...figuresOf(data), ...(from === null && lifetimeOf(data)), ...originOf(data) }}
        />
      </DrawerSection>
      {from !== null && (
        <DrawerSection title="Since the server began to count it">
          <EvidenceList evidence={lifetimeOf(data)} />
        </DrawerSection>
      )}
      {data.isHere ? (
        <>
          <StatementTrend trend={data.trend} />
          {data.text !== null && <StatementPlanView connectionId={connectionId} text={data.text} />}
        </>
      ) : (
        <DrawerSection title="Plan and history">
          <Typography>
            This statement runs in {data.database}. Its plan, the tables and indexes it uses and its history
            need a connection to that database.
          </Typography>
        </DrawerSection>
      )}
      <FindingLinks
        connectionId={connectionId}
        isAbout={(finding) => finding.object.kind === 'statement' && finding.object.name === data.row.queryId}
      />
    </Box>
  );
}

/** Of the window that was chosen. */
function figuresOf({ row }: StatementDetail): Evidence {
  return {
    calls: row.calls,
    ...known('callsPerMinute', round(row.callsPerMinute)),
    totalMs: row.totalMs,
    shareOfAllTimePercent: row.sharePercent,
    meanMs: row.meanMs,
    ...known('shortestTimeMs', row.minMs),
    ...known('longestTimeMs', row.maxMs),
    ...known('standardDeviationOfTheTimeMs', row.stddevMs),
    ...known('planningMs', row.planMs),
    ...known('rowsPerCall', round(row.rowsPerCall)),
    ...known('cacheHitPercent', row.hitPercent),
    blocksReadTotalBytes: row.readBytes,
    temporaryFilesWrittenTotalBytes: row.tempBytes,
    ...known('readingAndWritingMs', row.ioMs),
    ...known('walBytes', row.walBytes),
  };
}

/** Samples do not hold these: they are not of a window. */
function lifetimeOf({ counters }: StatementDetail): Evidence {
  return {
    ...known('timesPlanned', counters.plans),
    ...known('compilingMs', counters.jitMs || null),
    blocksDirtiedTotalBytes: counters.dirtiedBytes,
    blocksWrittenTotalBytes: counters.writtenBytes,
    temporaryFilesReadTotalBytes: counters.tempReadBytes,
    ...known('temporaryFilesMs', counters.tempIoMs),
    ...known('walBuffersWereFull', counters.walBuffersFull),
    ...known('parallelWorkersPlanned', counters.workersPlanned),
    ...known('parallelWorkersLaunched', counters.workersLaunched),
    ...known('countedSinceAt', counters.countedSince),
    ...known(
      'extremesSinceAt',
      counters.extremesSince === counters.countedSince ? null : counters.extremesSince,
    ),
  };
}

function originOf({ row, database, isTopLevel }: StatementDetail): Evidence {
  return {
    database,
    role: row.role,
    calledBy: isTopLevel ? 'a client' : 'a function',
    tags: row.tags === '' ? 'none' : `${row.tags} (of the call that the server saw first)`,
  };
}

function known(key: string, value: number | string | null): Evidence {
  return value === null ? {} : { [key]: value };
}

function round(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}
