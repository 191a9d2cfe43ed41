import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { type ReactElement, useDeferredValue } from 'react';
import { formatAgo, formatPercent } from '#shared/model/format.ts';
import type { VacuumTableRow } from '#shared/model/vacuum.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import {
  bytesColumn,
  countColumn,
  nameColumn,
  percentColumn,
  textColumn,
} from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { LEVEL_MARK, LEVEL_WORD } from './levels.ts';
import { nextInWords } from './next-words.ts';

interface Props {
  readonly connectionId: string;
  readonly version: string;
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
export function TablesTab({ connectionId, version, onOpen }: Props): ReactElement {
  const { client } = useBackend();
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const filter = get('q') ?? '';
  const searched = useDeferredValue(filter);
  const level = LEVELS.find((choice) => choice.level === get('level'))?.level ?? 'any';
  return (
    <GridTable
      label="Tables"
      queryKey={[...keys.insight(connectionId), 'vacuum-tables', level]}
      version={version}
      load={(query, signal) => client.vacuum.list({ connectionId, level, ...query }, { signal })}
      columns={COLUMNS}
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
        </>
      }
      empty={<EmptyState title="No table matches." isGood={level !== 'any' && filter === ''} />}
    />
  );
}

const COLUMNS: readonly Column<VacuumTableRow>[] = [
  nameColumn(
    'name',
    'Table',
    (row) => row.name,
    (row) => row.parent ?? row.schema,
    { minWidth: 136 },
  ),
  {
    id: 'levelOrder',
    header: 'Level',
    minWidth: 102,
    value: (row) => LEVEL_WORD[row.level],
    cell: (row) => <SeverityMark mark={LEVEL_MARK[row.level]} word={LEVEL_WORD[row.level]} />,
  },
  {
    ...percentColumn<VacuumTableRow>('deadPercent', 'Dead', (row) => row.deadPercent, { minWidth: 76 }),
    cell: (row) => <ShareBar share={row.deadPercent / 100}>{formatPercent(row.deadPercent)}</ShareBar>,
  },
  countColumn('deadRows', 'Dead rows', (row) => row.deadRows, { minWidth: 84 }),
  countColumn('liveRows', 'Live rows', (row) => row.liveRows, { minWidth: 84 }),
  countColumn('triggerRows', 'Trigger', (row) => row.triggerRows, { minWidth: 78 }),
  textColumn('nextOrder', 'Next autovacuum', (row) => nextInWords(row.next), { minWidth: 190, grow: 2 }),
  ageColumn('lastVacuumAt', 'Vacuumed', (row) => row.lastVacuumAt),
  ageColumn('lastAnalyzeAt', 'Analyzed', (row) => row.lastAnalyzeAt),
  bytesColumn('sizeBytes', 'Heap', (row) => row.sizeBytes, { minWidth: 76 }),
  {
    ...percentColumn<VacuumTableRow>('ofTriggerPercent', 'Of trigger', (row) => row.ofTriggerPercent, {
      minWidth: 96,
    }),
    isExtra: true,
  },
  {
    ...percentColumn<VacuumTableRow>('hotPercent', 'HOT updates', (row) => row.hotPercent, { minWidth: 108 }),
    isExtra: true,
  },
];

function ageColumn(
  id: string,
  header: string,
  at: (row: VacuumTableRow) => string | null,
): Column<VacuumTableRow> {
  return {
    id,
    header,
    minWidth: 92,
    value: at,
    cell: (row) => {
      const instant = at(row);
      return instant === null ? 'never' : formatAgo(Math.max(0, Date.now() - Date.parse(instant)));
    },
  };
}
