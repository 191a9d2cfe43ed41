import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactElement, useDeferredValue, useState } from 'react';
import { formatCountOf } from '#shared/model/format.ts';
import type { PartitionRow } from '#shared/model/schema.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { FindingLinks } from '#renderer/app/FindingLinks.tsx';
import { bytesColumn, countColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { Pending } from '#renderer/components/Pending.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { coverageWords } from './coverage-words.ts';

interface Props {
  readonly connectionId: string;
  readonly version: string;
  readonly oid: number | null;
  readonly onClose: () => void;
}

/** The partitions of one table with their bounds, and the values between and behind them. */
export function PartitionsDrawer({ connectionId, version, oid, onClose }: Props): ReactElement {
  return (
    <DetailDrawer isOpen={oid !== null} label="Partitions" onClose={onClose}>
      {oid !== null && <Detail key={oid} connectionId={connectionId} version={version} oid={oid} />}
    </DetailDrawer>
  );
}

function Detail({
  connectionId,
  version,
  oid,
}: {
  readonly connectionId: string;
  readonly version: string;
  readonly oid: number;
}): ReactElement {
  const { client } = useBackend();
  const rowHeight = useRowHeight();
  const [filter, setFilter] = useState('');
  const searched = useDeferredValue(filter);
  const query = useQuery({
    queryKey: [...keys.insight(connectionId), 'partitioned-table', oid, version],
    queryFn: ({ signal }) => client.schema.partitionedTable({ connectionId, oid }, { signal }),
    placeholderData: keepPreviousData,
  });
  const { data: table } = query;
  if (!table) return <Pending query={query} failure="The partitioned table could not be read" height={420} />;
  const { coverage } = table;
  const words = coverage && coverageWords(coverage);
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 2.5 }}>
      <div>
        <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
          <bdi>{visible(table.name)}</bdi>
        </Typography>
        <Typography sx={{ color: 'text.secondary' }}>
          {formatCountOf(table.partitions, 'partition')}
          {table.strategy !== null && ` by ${table.strategy}`}
          {table.partitionOf !== null && `, itself a partition of ${visible(table.partitionOf)}`}
        </Typography>
      </div>
      {coverage && words && (
        <DrawerSection title="What has a partition">
          {words.mark === null ? words.word : <SeverityMark mark={words.mark} word={words.word} />}
          {coverage.gaps.length > 0 && (
            <Box component="ul" sx={{ m: 0, mt: 0.75, pl: 2.25, maxHeight: 160, overflow: 'auto' }}>
              {coverage.gaps.map(({ from, to }) => (
                <li key={from}>
                  none from {from} to {to}
                </li>
              ))}
            </Box>
          )}
        </DrawerSection>
      )}
      <GridTable
        label="Partitions of the table"
        queryKey={[...keys.insight(connectionId), 'partitions', oid]}
        version={version}
        load={(page, signal) => client.schema.partitions({ connectionId, oid, ...page }, { signal })}
        columns={COLUMNS}
        keyOf={(row) => row.oid}
        defaultSort={{ columnId: 'name', direction: 'ascending' }}
        filter={searched}
        rowHeight={rowHeight}
        minHeight={260}
        toolbar={<FilterField label="Filter partitions" value={filter} onChange={setFilter} />}
        empty={<EmptyState title={filter === '' ? 'It has no partitions yet.' : 'No partition matches.'} />}
      />
      <FindingLinks connectionId={connectionId} isAbout={(finding) => finding.object.oid === oid} />
    </Box>
  );
}

const COLUMNS: readonly Column<PartitionRow>[] = [
  nameColumn('name', 'Partition', (row) => row.name, stateOf, { minWidth: 110, grow: 1 }),
  textColumn('bound', 'Bounds', (row) => row.bound?.replace(/^FOR VALUES /, '') ?? 'not read', {
    minWidth: 264,
    grow: 3,
  }),
  countColumn('rows', 'Rows (est.)', (row) => row.rows),
  bytesColumn('bytes', 'Size', (row) => row.bytes, { minWidth: 78 }),
];

function stateOf(row: PartitionRow): string | null {
  if (row.isDetachPending) return 'detaching';
  if (row.isDefault) return 'default';
  return row.isPartitioned ? 'partitioned further' : null;
}
