import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { SettingDifference, SettingsDiff, SettingSide } from '#shared/model/settings.ts';
import { formatCount } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys, useConnections } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { Pending } from '#renderer/components/Pending.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

/** What another open connection has set otherwise. */
export function CompareTab({ connectionId }: { readonly connectionId: string }): ReactElement {
  const { data: connections = [] } = useConnections();
  const { get, set } = useAddressState();
  const others = connections.filter((connection) => connection.id !== connectionId);
  const other = others.find((connection) => connection.id === get('with')) ?? others[0];
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
        onChange={(event) => set({ with: event.target.value }, { replace: true })}
        sx={{ alignSelf: 'start', minWidth: 260, maxWidth: '100%', mt: 1.5 }}
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

function Differences(input: {
  readonly connectionId: string;
  readonly otherConnectionId: string;
}): ReactElement {
  const { client } = useBackend();
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const query = useQuery({
    queryKey: [...keys.insight(input.connectionId), 'settings-diff', input.otherConnectionId],
    queryFn: ({ signal }) => client.settings.diff(input, { signal }),
  });
  const { data } = query;
  if (!data) return <Pending query={query} failure="The comparison could not be made" height={240} />;
  const isAll = get('same') === 'yes';
  const filter = get('q') ?? '';
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = data.rows.filter(
    (row) =>
      (isAll || row.isDifferent) &&
      words.every((word) => `${row.name} ${row.category}`.toLowerCase().includes(word)),
  );
  const differing = data.rows.filter((row) => row.isDifferent).length;
  return (
    <DataTable
      label="Settings of both"
      rows={rows}
      columns={columnsOf(data)}
      keyOf={(row) => row.name}
      rowHeight={rowHeight}
      defaultSort={{ columnId: 'name', direction: 'ascending' }}
      toolbar={
        <>
          <FilterField
            label="Filter settings"
            value={filter}
            onChange={(q) => set({ q }, { replace: true })}
          />
          <FormControlLabel
            control={
              <Checkbox
                size="small"
                checked={!isAll}
                onChange={(_, on) => set({ same: on ? null : 'yes' }, { replace: true })}
              />
            }
            label="Only differences"
          />
          <span role="status">
            {formatCount(differing)} of {formatCount(data.rows.length)} differ; {formatCount(data.leftOut)}{' '}
            that name files, places and ports are left out
          </span>
        </>
      }
      empty={
        <EmptyState title={differing === 0 ? 'No differences.' : 'Nothing matches.'} isGood={differing === 0}>
          Compared {formatCount(data.rows.length)} settings.
        </EmptyState>
      }
    />
  );
}

const valueOf = ({ value, source }: SettingSide): string => {
  if (value !== null) return value === '' ? "''" : value;
  return source === null ? 'no such setting' : 'hidden';
};

function columnsOf(data: SettingsDiff): readonly Column<SettingDifference>[] {
  const [here, there] = data.here === data.there ? ['Here', 'There'] : [data.here, data.there];
  return [
    nameColumn(
      'name',
      'Setting',
      (row) => row.name,
      () => null,
      { minWidth: 220, grow: 2 },
    ),
    textColumn('here', here, (row) => valueOf(row.here), { minWidth: 160, grow: 2 }),
    textColumn('there', there, (row) => valueOf(row.there), { minWidth: 160, grow: 2 }),
    textColumn('hereFrom', 'From (here)', (row) => row.here.source, { minWidth: 140 }),
    textColumn('thereFrom', 'From (there)', (row) => row.there.source, { minWidth: 140 }),
  ];
}
