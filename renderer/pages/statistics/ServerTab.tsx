import Box from '@mui/material/Box';
import type { ReactElement } from 'react';
import type { IoFact } from '#shared/model/facts.ts';
import { formatBytes, formatCount, formatDuration } from '#shared/model/format.ts';
import type { StatisticsOverview } from '#shared/model/statistics.ts';
import { bytesColumn, countColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { EvidenceList } from '#renderer/components/EvidenceList.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

/** What the whole server does: the last stretch, its connections, and who reads and writes. */
export function ServerTab({ data }: { readonly data: StatisticsOverview }): ReactElement {
  const rowHeight = useRowHeight();
  const { delta, connections, io } = data;
  return (
    <>
      <Box
        sx={{
          display: 'grid',
          gap: 1.5,
          gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 360px), 1fr))',
        }}
      >
        <Panel title={delta === null ? 'Lately' : `In the last ${formatDuration(delta.seconds * 1000)}`}>
          {delta === null ? (
            <EmptyState title="Needs a second reading.">
              Counters of PostgreSQL only grow; what happens now is the difference of two readings.
            </EmptyState>
          ) : (
            <EvidenceList
              evidence={{
                blocksReadPerSecond: Math.round(delta.blocksReadPerSecond * 10) / 10,
                temporaryFilesBytes: delta.tempBytes,
                ...(delta.fullPageImages === null ? {} : { fullPageImages: delta.fullPageImages }),
                checkpointsOnTime: delta.checkpointsTimed,
                checkpointsForced: delta.checkpointsRequested,
                buffersWrittenByCheckpoints: delta.checkpointBuffers,
              }}
            />
          )}
        </Panel>
        <Panel
          title={
            connections.max === null ? 'Connections' : `Connections, at most ${formatCount(connections.max)}`
          }
        >
          {connections.byState.length === 0 ? (
            'Nobody but PgVitals is connected.'
          ) : (
            <EvidenceList
              evidence={Object.fromEntries([
                ...connections.byState.map(({ state, count }) => [state, count] as const),
                ...connections.byDatabase.map(({ name, count }) => [`to ${name}`, count] as const),
              ])}
            />
          )}
        </Panel>
      </Box>
      {io === null ? (
        <Panel title="Reads and writes by kind of process">
          PostgreSQL counts them from version 16 on (pg_stat_io).
        </Panel>
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
              Since the server began to count: {formatBytes(io.reduce((sum, row) => sum + row.readBytes, 0))}{' '}
              read
            </span>
          }
          empty={<EmptyState title="Nothing was read or written yet." />}
          minHeight={240}
        />
      )}
    </>
  );
}

const IO_COLUMNS: readonly Column<IoFact>[] = [
  nameColumn('backendType', 'Process', (row) => row.backendType),
  textColumn('object', 'On', (row) => row.object, { minWidth: 110 }),
  textColumn('context', 'For', (row) => row.context, { minWidth: 100 }),
  bytesColumn('readBytes', 'Read', (row) => row.readBytes),
  bytesColumn('writtenBytes', 'Written', (row) => row.writtenBytes),
  bytesColumn('extendedBytes', 'Extended', (row) => row.extendedBytes),
  countColumn('hits', 'Hits', (row) => row.hits),
  countColumn('evictions', 'Evictions', (row) => row.evictions),
];
