import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { DatabaseRow } from '#shared/model/statistics.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { Panel } from '#renderer/components/Panel.tsx';
import { Pending } from '#renderer/components/Pending.tsx';
import { SIZE_TREND_HEIGHT, SizeTrend } from './SizeTrend.tsx';

interface Props {
  readonly connectionId: string;
  /** Changes with the facts, so that the line goes on. */
  readonly version: string;
  /** Largest first. */
  readonly databases: readonly DatabaseRow[];
}

/** How one database of the server grew, by the samples; this one unless another is chosen. */
export function GrowthPanel({ connectionId, version, databases }: Props): ReactElement {
  const { client } = useBackend();
  const { get, set } = useAddressState();
  const chosen =
    databases.find((row) => String(row.oid) === get('database')) ?? databases.find((row) => row.isOwn);
  const databaseOid = chosen?.oid ?? 0;
  const query = useQuery({
    enabled: chosen !== undefined,
    queryKey: [...keys.insight(connectionId), 'growth', databaseOid, version],
    queryFn: ({ signal }) => client.statistics.growth({ connectionId, databaseOid }, { signal }),
    placeholderData: keepPreviousData,
  });
  const { data } = query;
  const title = 'Growth in 30 days';
  const choice = (
    <TextField
      select
      size="small"
      value={databaseOid}
      onChange={(event) => set({ database: event.target.value })}
      slotProps={{ htmlInput: { 'aria-label': 'Database' } }}
      sx={{ minWidth: 140, maxWidth: 240 }}
    >
      {databases.map((row) => (
        <MenuItem key={row.oid} value={row.oid}>
          {row.name}
        </MenuItem>
      ))}
    </TextField>
  );
  return data ? (
    <SizeTrend
      title={title}
      label={`Size of ${chosen?.name ?? ''} over 30 days`}
      points={data}
      actions={choice}
    />
  ) : (
    <Panel title={title} actions={choice}>
      <Pending query={query} failure="The growth could not be read" height={SIZE_TREND_HEIGHT} />
    </Panel>
  );
}
