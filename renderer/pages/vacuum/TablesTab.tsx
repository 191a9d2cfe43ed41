import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import { type ReactElement, useDeferredValue } from 'react';
import type { VacuumOverview, VacuumTableRow } from '#shared/model/vacuum.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { summedColumns, tableColumns } from './table-columns.tsx';

interface Props {
  readonly connectionId: string;
  readonly version: string;
  readonly figures: VacuumOverview['figures'];
  readonly onOpen: (row: VacuumTableRow) => void;
}

const LEVELS = [
  { level: 'any', title: 'All tables' },
  { level: 'critical', title: 'Critical' },
  { level: 'high', title: 'High' },
  { level: 'moderate', title: 'Moderate' },
  { level: 'due', title: 'Due now' },
  { level: 'off', title: 'Autovacuum off' },
] as const;

/** Dead rows of every table against its own trigger. */
export function TablesTab({ connectionId, version, figures, onOpen }: Props): ReactElement {
  const { client } = useBackend();
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const filter = get('q') ?? '';
  const searched = useDeferredValue(filter);
  const level = LEVELS.find((choice) => choice.level === get('level'))?.level ?? 'any';
  const hasPartitions = figures.partitionedTables > 0;
  const partitions = hasPartitions && get('partitions') === 'summed' ? 'summed' : 'each';
  return (
    <GridTable
      label={partitions === 'each' ? 'Tables' : 'Tables, partitions as one row'}
      key={partitions}
      queryKey={[...keys.insight(connectionId), 'vacuum-tables', level, partitions]}
      version={version}
      load={(query, signal) => client.vacuum.list({ connectionId, level, partitions, ...query }, { signal })}
      columns={partitions === 'each' ? tableColumns : summedColumns}
      keyOf={(row) => row.oid}
      defaultSort={{ columnId: 'deadPercent', direction: 'descending' }}
      filter={searched}
      rowHeight={rowHeight}
      onOpen={onOpen}
      toolbar={
        <>
          <FilterField label="Filter tables" value={filter} onChange={(q) => set({ q }, { replace: true })} />
          <TextField
            select
            size="small"
            value={level}
            onChange={(event) => set({ level: event.target.value === 'any' ? null : event.target.value })}
            slotProps={{ htmlInput: { 'aria-label': 'Level' } }}
          >
            {LEVELS.map((choice) => (
              <MenuItem key={choice.level} value={choice.level}>
                {choice.title}
              </MenuItem>
            ))}
          </TextField>
          {hasPartitions && (
            <FormControlLabel
              label="Partitions as one row"
              control={
                <Switch
                  size="small"
                  checked={partitions === 'summed'}
                  onChange={(_, isOn) => set({ partitions: isOn ? 'summed' : null })}
                />
              }
            />
          )}
        </>
      }
      empty={
        figures.tables === 0 ? (
          <EmptyState title="No tables.">This database has no table of its own yet.</EmptyState>
        ) : (
          <EmptyState title="No table matches." isGood={level !== 'any' && filter === ''} />
        )
      }
    />
  );
}
