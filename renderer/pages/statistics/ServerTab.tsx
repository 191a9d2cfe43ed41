import Box from '@mui/material/Box';
import type { ReactElement } from 'react';
import type { Evidence } from '#shared/model/finding.ts';
import { formatBytes, formatCount, formatDuration, formatInstant } from '#shared/model/format.ts';
import type { DatabaseDelta, IoRow, ServerDelta, StatisticsOverview } from '#shared/model/statistics.ts';
import { bytesColumn, countColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { EvidenceList } from '#renderer/components/EvidenceList.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

interface Props {
  readonly data: StatisticsOverview;
}

/** What the whole server does: the last stretch, its connections, and who reads and writes. */
export function ServerTab({ data }: Props): ReactElement {
  const rowHeight = useRowHeight();
  const { io, ioResetAt, ioHidden } = data;
  return (
    <>
      <Box
        sx={{
          display: 'grid',
          gap: 1.5,
          gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 360px), 1fr))',
        }}
      >
        <ServerLately delta={data.serverDelta} />
        <Box sx={{ display: 'grid', gap: 1.5, alignContent: 'start' }}>
          {data.databaseDelta && <DatabaseLately delta={data.databaseDelta} />}
          <Connections data={data} />
        </Box>
      </Box>
      {io === null ? (
        <Panel title="Reads and writes by kind of process">{ioHidden}</Panel>
      ) : (
        <DataTable
          label="Reads and writes by kind of process"
          rows={io}
          columns={IO_COLUMNS}
          keyOf={(row) => `${row.backendType} ${row.object} ${row.context}`}
          rowHeight={rowHeight}
          defaultSort={{ columnId: 'readBytes', direction: 'descending' }}
          toolbar={
            <span>
              Reads and writes since{' '}
              {ioResetAt === null ? 'the server began to count' : formatInstant(ioResetAt)}
              {data.serverDelta && `; now is the last ${formatDuration(data.serverDelta.seconds * 1000)}`}
            </span>
          }
          empty={<EmptyState title="Nothing was read or written yet." />}
          minHeight={240}
        />
      )}
    </>
  );
}

// Each kind of counters has a stretch of its own: pages read them at different times.
function ServerLately({ delta }: { readonly delta: ServerDelta | null }): ReactElement {
  if (delta === null) {
    return (
      <Panel title="The server lately">
        <EmptyState title="Needs a second reading.">
          Counters of PostgreSQL only grow; what happens now is the difference of two readings.
        </EmptyState>
      </Panel>
    );
  }
  return (
    <Panel title={`The server in the last ${formatDuration(delta.seconds * 1000)}`}>
      <EvidenceList evidence={serverEvidence(delta)} />
    </Panel>
  );
}

function DatabaseLately({ delta }: { readonly delta: DatabaseDelta }): ReactElement {
  return (
    <Panel title={`This database in the last ${formatDuration(delta.seconds * 1000)}`}>
      <EvidenceList
        evidence={{
          blocksReadPerSecond: round(delta.blocksReadPerSecond),
          temporaryFilesBytes: delta.tempBytes,
        }}
      />
    </Panel>
  );
}

function serverEvidence({ wal, walWrites, checkpoints }: ServerDelta): Evidence {
  return {
    ...(wal && { fullPageImages: wal.fullPageImages }),
    ...(walWrites && {
      walWrites: walWrites.writes,
      walSyncs: walWrites.syncs,
      ...(walWrites.writeMs === null || walWrites.syncMs === null
        ? { walWriteTime: 'not timed: track_wal_io_timing is off' }
        : { walWriteMs: round(walWrites.writeMs), walSyncMs: round(walWrites.syncMs) }),
    }),
    ...(checkpoints && {
      checkpointsOnTime: checkpoints.timed,
      checkpointsForced: checkpoints.requested,
      buffersWrittenByCheckpoints: checkpoints.buffersWritten,
    }),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function Connections({ data: { connections } }: Props): ReactElement {
  const { total, byState, byDatabase, max, usable, reserved } = connections;
  const limit = usable === null ? '' : ` of ${formatCount(usable)}`;
  return (
    <Panel title={`Connections: ${formatCount(total)}${limit}`}>
      <p>
        Clients of all databases, without PgVitals itself.
        {max !== null &&
          reserved !== null &&
          reserved > 0 &&
          ` Of max_connections (${formatCount(max)}), ${formatCount(reserved)} are reserved for superusers and roles with a reserve.`}
      </p>
      {byState.length === 0 ? (
        'Nobody but PgVitals is connected.'
      ) : (
        <PlainTable>
          <thead>
            <tr>
              <th scope="col">State or database</th>
              <th scope="col" className="number">
                Connections
              </th>
            </tr>
          </thead>
          <tbody>
            {byState.map(({ state, count }) => (
              <CountRow key={`state ${state}`} name={state} count={count} />
            ))}
            {byDatabase.map(({ name, count }) => (
              <CountRow key={`database ${name}`} name={`to ${name}`} count={count} />
            ))}
          </tbody>
        </PlainTable>
      )}
    </Panel>
  );
}

function CountRow({ name, count }: { readonly name: string; readonly count: number }): ReactElement {
  return (
    <tr>
      <td dir="auto">{name}</td>
      <td className="number">{formatCount(count)}</td>
    </tr>
  );
}

const IO_COLUMNS: readonly Column<IoRow>[] = [
  nameColumn('backendType', 'Process', (row) => row.backendType),
  textColumn('object', 'On', (row) => row.object, { minWidth: 110 }),
  textColumn('context', 'For', (row) => row.context, { minWidth: 100 }),
  bytesColumn('readBytes', 'Read', (row) => row.readBytes),
  rateColumn('readRate', 'Read now', (row) => row.lately?.readBytesPerSecond ?? null, formatBytes),
  bytesColumn('writtenBytes', 'Written', (row) => row.writtenBytes),
  rateColumn('writtenRate', 'Written now', (row) => row.lately?.writtenBytesPerSecond ?? null, formatBytes),
  bytesColumn('extendedBytes', 'Extended', (row) => row.extendedBytes),
  countColumn('hits', 'Hits', (row) => row.hits),
  rateColumn(
    'hitsRate',
    'Hits now',
    (row) => row.lately?.hitsPerSecond ?? null,
    (hits) => formatCount(round(hits)),
  ),
  countColumn('evictions', 'Evictions', (row) => row.evictions),
];

/** Between the last two readings. */
function rateColumn(
  id: string,
  header: string,
  rate: (row: IoRow) => number | null,
  format: (perSecond: number) => string,
): Column<IoRow> {
  return {
    id,
    header,
    minWidth: 104,
    grow: 0,
    isNumeric: true,
    value: rate,
    cell: (row) => {
      const perSecond = rate(row);
      return perSecond === null ? '–' : `${format(perSecond)}/s`;
    },
  };
}
