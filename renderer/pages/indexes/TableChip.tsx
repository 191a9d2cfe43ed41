import Chip from '@mui/material/Chip';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { formatBytes, formatCountOf } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { visible } from '#renderer/components/ObjectName.tsx';

interface Props {
  readonly connectionId: string;
  readonly oid: number;
  readonly onClear: () => void;
}

/** The one table whose indexes are shown, and the way back to all. */
export function TableChip({ connectionId, oid, onClear }: Props): ReactElement {
  const { client } = useBackend();
  const { data: table, isError } = useQuery({
    queryKey: [...keys.insight(connectionId), 'indexed-table', oid],
    queryFn: ({ signal }) => client.indexes.table({ connectionId, oid }, { signal }),
  });
  const name = table ? `${table.schema === 'public' ? '' : `${table.schema}.`}${table.name}` : null;
  return (
    <>
      <Chip
        size="small"
        label={name === null ? isError ? 'A table that is gone' : '…' : <bdi>Only {visible(name)}</bdi>}
        onDelete={onClear}
      />
      {table && (
        <span>
          {formatCountOf(table.indexes, 'index', 'indexes')} of {formatBytes(table.indexBytes)} on a table of{' '}
          {formatBytes(table.tableBytes)}
        </span>
      )}
    </>
  );
}
