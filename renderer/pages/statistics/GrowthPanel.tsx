import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lazy, type ReactElement } from 'react';
import { formatBytes, formatInstant } from '#shared/model/format.ts';
import type { DatabaseRow } from '#shared/model/statistics.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { Pending } from '#renderer/components/Pending.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { TwinPanel } from '#renderer/components/TwinPanel.tsx';

const TrendChart = lazy(async () => ({
  default: (await import('#renderer/components/TrendChart.tsx')).TrendChart,
}));
const HEIGHT = 200;
const MOST_ROWS = 40;

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
  const points = (data ?? []).filter((point) => point.value !== null);
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
  if (!data || points.length < 2) {
    return (
      <Panel title={title} actions={choice}>
        {!data ? (
          <Pending query={query} failure="The growth could not be read" height={HEIGHT} />
        ) : (
          <EmptyState title="Not enough yet.">
            The line begins with the second sample; the History page sets how often one is taken.
          </EmptyState>
        )}
      </Panel>
    );
  }
  return (
    <TwinPanel
      title={title}
      chartHeight={HEIGHT}
      actions={choice}
      chart={
        <TrendChart
          label={`Size of ${chosen?.name ?? ''} over 30 days; the table view has the same numbers`}
          series={[{ name: 'Size', points: data.map(({ at, value }) => ({ atMs: Date.parse(at), value })) }]}
          format={formatBytes}
          height={HEIGHT}
        />
      }
      table={
        <PlainTable>
          <thead>
            <tr>
              <th scope="col">At</th>
              <th scope="col" className="number">
                Size
              </th>
            </tr>
          </thead>
          <tbody>
            {points
              .slice(-MOST_ROWS)
              .toReversed()
              .map(({ at, value }) => (
                <tr key={at}>
                  <td>{formatInstant(at)}</td>
                  <td className="number">{formatBytes(value ?? 0)}</td>
                </tr>
              ))}
          </tbody>
        </PlainTable>
      }
    />
  );
}
