import MenuItem from '@mui/material/MenuItem';
import Skeleton from '@mui/material/Skeleton';
import TextField from '@mui/material/TextField';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { SettingsDiff } from '#shared/model/settings.ts';
import { formatCount } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys, useConnections } from '#renderer/api/queries.ts';
import { nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

/** What another open connection has set otherwise. */
export function CompareTab({ connectionId }: { readonly connectionId: string }): ReactElement {
  const { data: connections = [] } = useConnections();
  const others = connections.filter((connection) => connection.id !== connectionId);
  const [chosen, setChosen] = useState<string | null>(null);
  const other = others.find((connection) => connection.id === chosen) ?? others[0];
  if (!other) {
    return (
      <EmptyState title="There is nothing to compare with.">
        Connect to a second database, then come back here.
      </EmptyState>
    );
  }
  return (
    <>
      <TextField
        select
        size="small"
        label="Compare with"
        value={other.id}
        onChange={(event) => setChosen(event.target.value)}
        sx={{ alignSelf: 'start', minWidth: 260, mt: 1 }}
      >
        {others.map((connection) => (
          <MenuItem key={connection.id} value={connection.id}>
            {connection.name}
          </MenuItem>
        ))}
      </TextField>
      <Differences connectionId={connectionId} otherConnectionId={other.id} />
    </>
  );
}

type Row = SettingsDiff['rows'][number];

function Differences(input: {
  readonly connectionId: string;
  readonly otherConnectionId: string;
}): ReactElement {
  const { client } = useBackend();
  const rowHeight = useRowHeight();
  const { data, error, refetch } = useQuery({
    queryKey: [...keys.insight(input.connectionId), 'settings-diff', input.otherConnectionId],
    queryFn: ({ signal }) => client.settings.diff(input, { signal }),
  });
  if (error) return <ErrorNotice error={toUserError(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton variant="rounded" height={240} />;
  return (
    <DataTable
      label="Different settings"
      rows={data.rows}
      columns={columnsOf(data)}
      keyOf={(row) => row.name}
      rowHeight={rowHeight}
      defaultSort={{ columnId: 'name', direction: 'ascending' }}
      toolbar={
        <span role="status">
          {formatCount(data.rows.length)} of {formatCount(data.compared)} differ
        </span>
      }
      empty={
        <EmptyState title="No differences." isGood>
          Compared {formatCount(data.compared)} settings.
        </EmptyState>
      }
    />
  );
}

function columnsOf(data: SettingsDiff): readonly Column<Row>[] {
  return [
    nameColumn('name', 'Setting', (row) => row.name),
    textColumn('here', data.here, (row) => row.here ?? 'not there', { minWidth: 200, grow: 2 }),
    textColumn('there', data.there, (row) => row.there ?? 'not there', { minWidth: 200, grow: 2 }),
  ];
}
