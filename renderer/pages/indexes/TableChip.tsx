import ClearIcon from '@mui/icons-material/Close';
import Button from '@mui/material/Button';
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
  const { data: table, status } = useQuery({
    queryKey: [...keys.insight(connectionId), 'indexed-table', oid],
    queryFn: ({ signal }) => client.indexes.table({ connectionId, oid }, { signal }),
  });
  const name = table
    ? `${table.schema === 'public' ? '' : `${table.schema}.`}${table.name}`
    : NAMELESS[status];
  return (
    <>
      <Button
        variant="outlined"
        color="inherit"
        endIcon={<ClearIcon fontSize="small" />}
        aria-label={`Only ${visible(name)}: show all tables again`}
        onClick={onClear}
      >
        <bdi>Only {visible(name)}</bdi>
      </Button>
      {table && (
        <span>
          {formatCountOf(table.indexes, 'index', 'indexes')} of {formatBytes(table.indexBytes)} on a table of{' '}
          {formatBytes(table.tableBytes)}
        </span>
      )}
    </>
  );
}

const NAMELESS = { pending: 'one table', error: 'a table that is gone', success: '' } as const;
