import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useDeferredValue, useState } from 'react';
import { formatBytes, formatCountOf, formatPercent } from '#shared/model/format.ts';
import type { VacuumTableRow } from '#shared/model/vacuum.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { FindingLinks } from '#renderer/app/FindingLinks.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { Pending } from '#renderer/components/Pending.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { partitionColumns } from './table-columns.tsx';

interface Props {
  readonly connectionId: string;
  readonly version: string;
  readonly oid: number | null;
  readonly onOpen: (row: VacuumTableRow) => void;
  readonly onClose: () => void;
}

/** A partitioned table: what its partitions add up to, and each of them. */
export function PartitionsDrawer({ oid, onClose, ...rest }: Props): ReactElement {
  return (
    <DetailDrawer isOpen={oid !== null} label="Partitioned table" onClose={onClose}>
      {oid !== null && <Detail key={oid} oid={oid} {...rest} />}
    </DetailDrawer>
  );
}

function Detail({
  connectionId,
  version,
  oid,
  onOpen,
}: Omit<Props, 'oid' | 'onClose'> & { readonly oid: number }): ReactElement {
  const { client } = useBackend();
  const rowHeight = useRowHeight();
  const [filter, setFilter] = useState('');
  const searched = useDeferredValue(filter);
  const query = useQuery({
    queryKey: [...keys.insight(connectionId), 'vacuum-partitioned', oid],
    queryFn: ({ signal }) => client.vacuum.partitioned({ connectionId, oid }, { signal }),
  });
  const { data } = query;
  if (!data) return <Pending query={query} failure="The partitioned table could not be read" height={420} />;
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', gap: 2.5, minHeight: '100%' }}>
      <div>
        <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
          <bdi>{visible(data.schema === 'public' ? data.name : `${data.schema}.${data.name}`)}</bdi>
        </Typography>
        <Typography sx={{ color: 'text.secondary' }}>
          {formatCountOf(data.partitions?.count ?? 0, 'partition')} of {formatBytes(data.sizeBytes)} in all,{' '}
          {formatPercent(data.deadPercent)} of {formatCountOf(data.liveRows + data.deadRows, 'row')} dead.
          Autovacuum looks at each partition by itself.
        </Typography>
      </div>
      <GridTable
        label="Partitions"
        queryKey={[...keys.insight(connectionId), 'vacuum-partitions', oid]}
        version={version}
        load={(page, signal) => client.vacuum.partitions({ connectionId, oid, ...page }, { signal })}
        columns={partitionColumns}
        keyOf={(row) => row.oid}
        defaultSort={{ columnId: 'deadPercent', direction: 'descending' }}
        filter={searched}
        rowHeight={rowHeight}
        minHeight={260}
        onOpen={onOpen}
        toolbar={<FilterField label="Filter partitions" value={filter} onChange={setFilter} />}
        empty={<EmptyState title="No partition matches." />}
      />
      <FindingLinks connectionId={connectionId} isAbout={(finding) => finding.object.oid === oid} />
    </Box>
  );
}
