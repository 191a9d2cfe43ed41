import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { type ReactElement, useDeferredValue, useId, useState } from 'react';
import type { QueriesOverview, StatementRow } from '#shared/model/queries.ts';
import { formatAgo, formatDuration, formatPercent } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import {
  bytesColumn,
  countColumn,
  durationColumn,
  percentColumn,
  textColumn,
} from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';
import { Sparkline } from '#renderer/components/Sparkline.tsx';
import type { Sort } from '#renderer/components/sort-rows.ts';
import { useRowHeight } from '#renderer/state/preferences.ts';

export type StatementView = 'load' | 'slow' | 'calls';

interface Props {
  readonly view: StatementView;
  readonly connectionId: string;
  readonly version: string;
  readonly overview: QueriesOverview;
  readonly onOpen: (row: StatementRow) => void;
}

const LABEL: Readonly<Record<StatementView, string>> = {
  load: 'Statements by load',
  slow: 'Slow statements',
  calls: 'Most called statements',
};
const SORT: Readonly<Record<StatementView, Sort>> = {
  load: { columnId: 'totalMs', direction: 'descending' },
  slow: { columnId: 'meanMs', direction: 'descending' },
  calls: { columnId: 'calls', direction: 'descending' },
};

/** Statements with their figures since the reset, or since a sample that was stored. */
export function StatementTable({ view, connectionId, version, overview, onOpen }: Props): ReactElement {
  const { client } = useBackend();
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const filter = get('q') ?? '';
  const searched = useDeferredValue(filter);
  const from = overview.samples.includes(get('from') ?? '') ? get('from') : null;
  const chosen = {
    from,
    database: overview.databases.includes(get('database') ?? '') ? get('database') : null,
    role: get('role'),
    tag: get('tag'),
    minMeanMs: get('slow') === 'yes' ? 100 : 0,
    minCalls: Math.max(0, Math.round(Number(get('calls') ?? 0)) || 0),
    withUtility: get('utility') === 'yes',
    suspectsOnly: get('suspects') === 'yes',
  };
  const active = MORE.filter((name) => (get(name) ?? '') !== '').length;
  // What is in force is seen; Back and links bring it too.
  const [isMore, setMore] = useState(active > 0);
  const moreId = useId();
  const flag = (name: string, label: string): ReactElement => (
    <FormControlLabel
      control={
        <Checkbox
          size="small"
          checked={get(name) === 'yes'}
          onChange={(_, on) => set({ [name]: on ? 'yes' : null })}
        />
      }
      label={label}
    />
  );
  return (
    <GridTable
      label={LABEL[view]}
      queryKey={[...keys.insight(connectionId), 'statements', view, chosen]}
      version={version}
      load={(query, signal) => client.queries.list({ connectionId, ...chosen, ...query }, { signal })}
      columns={from === null ? COLUMNS : COLUMNS.filter((column) => !LIFETIME.has(column.id))}
      keyOf={(row) => row.key}
      defaultSort={SORT[view]}
      filter={searched}
      rowHeight={rowHeight}
      onOpen={onOpen}
      toolbar={
        <>
          <FilterField
            label="Filter statements"
            value={filter}
            onChange={(q) => set({ q }, { replace: true })}
          />
          {chosen.database === null && (
            <Choice
              label="Counted"
              value={from ?? ''}
              onChange={(value) => set({ from: value || null })}
              options={[
                { value: '', title: 'Since the reset' },
                ...overview.samples.map((at) => ({ value: at, title: `Since ${agoOf(at)}` })).toReversed(),
              ]}
            />
          )}
          {overview.databases.length > 0 && (
            <Choice
              label="Database"
              value={chosen.database ?? ''}
              onChange={(value) => set({ database: value || null, from: null, role: null, tag: null })}
              options={[
                { value: '', title: overview.here },
                ...overview.databases.map((name) => ({ value: name, title: name })),
              ]}
            />
          )}
          <Button
            color="inherit"
            variant="outlined"
            aria-expanded={isMore}
            aria-controls={isMore ? moreId : undefined}
            onClick={() => setMore(!isMore)}
          >
            {active === 0 ? 'More filters' : `More filters (${active})`}
          </Button>
          {isMore && (
            <More id={moreId}>
              {overview.roles.length > 1 && (
                <Choice
                  label="Role"
                  value={chosen.role ?? ''}
                  onChange={(value) => set({ role: value || null })}
                  options={[
                    { value: '', title: 'Every role' },
                    ...overview.roles.map((role) => ({ value: role, title: role })),
                  ]}
                />
              )}
              {overview.tags.length > 0 && (
                <Choice
                  label="Tag"
                  value={chosen.tag ?? ''}
                  onChange={(value) => set({ tag: value || null })}
                  options={[
                    { value: '', title: 'Every tag' },
                    ...overview.tags.flatMap(({ key, values }) =>
                      values.map((value) => ({ value: `${key}=${value}`, title: `${key}=${value}` })),
                    ),
                  ]}
                />
              )}
              <TextField
                size="small"
                type="number"
                label="Calls from"
                value={get('calls') ?? ''}
                onChange={(event) => set({ calls: event.target.value }, { replace: true })}
                sx={{ width: 110 }}
                slotProps={{ htmlInput: { min: 0 } }}
              />
              {flag('slow', 'Over 100 ms')}
              {flag('suspects', 'One per row?')}
              {flag('utility', 'Utility')}
            </More>
          )}
        </>
      }
      empty={
        <EmptyState title="No statement matches.">
          {from !== null && 'Nothing ran in this time, or nothing that these filters let through. '}
          {!chosen.withUtility && 'Commands like VACUUM, COPY and SET are shown with “Utility”.'}
        </EmptyState>
      }
    />
  );
}

/** Filters of the second line, by their names in the address. */
const MORE = ['role', 'tag', 'calls', 'slow', 'suspects', 'utility'] as const;

const More = styled('div')({
  display: 'flex',
  flexWrap: 'wrap',
  alignItems: 'center',
  gap: 12,
  flexBasis: '100%',
  // Behind the number of rows, which stays in the first line.
  order: 1,
});

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly title: string }[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps): ReactElement {
  const isThere = options.some((option) => option.value === value);
  return (
    <TextField
      select
      size="small"
      label={label}
      value={isThere ? value : ''}
      onChange={(event) => onChange(event.target.value)}
      sx={{ minWidth: 130, maxWidth: 220 }}
      slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
    >
      {options.map((option) => (
        <MenuItem key={option.value} value={option.value}>
          {option.title}
        </MenuItem>
      ))}
    </TextField>
  );
}

function agoOf(iso: string): string {
  return formatAgo(Math.max(0, Date.now() - Date.parse(iso)));
}

/** Columns that a window cannot have: extremes do not subtract. */
const LIFETIME = new Set(['minMs', 'maxMs', 'stddevMs']);

const COLUMNS: readonly Column<StatementRow>[] = [
  {
    id: 'query',
    header: 'Statement',
    minWidth: 260,
    grow: 5,
    value: (row) => row.query,
    cell: (row) =>
      row.suspicion === null ? (
        <span title={row.query ?? undefined}>{row.query ?? 'hidden from this role'}</span>
      ) : (
        <span title={`${row.suspicion}\n${row.query ?? ''}`}>
          <span style={{ position: 'relative', top: 3 }}>
            <SeverityMark mark="low" isShapeOnly size={14} word="Perhaps one query per row" />
          </span>{' '}
          {row.query}
        </span>
      ),
  },
  {
    ...percentColumn<StatementRow>('sharePercent', 'Of all time', (row) => row.sharePercent, {
      minWidth: 96,
    }),
    cell: (row) => <ShareBar share={row.sharePercent / 100}>{formatPercent(row.sharePercent)}</ShareBar>,
  },
  durationColumn('totalMs', 'Total', (row) => row.totalMs, { minWidth: 92 }),
  durationColumn('meanMs', 'Mean', (row) => row.meanMs, { minWidth: 86 }),
  durationColumn('maxMs', 'Max', (row) => row.maxMs, { minWidth: 86 }),
  countColumn('calls', 'Calls', (row) => row.calls, { minWidth: 84 }),
  countColumn('rowsPerCall', 'Rows/call', (row) => roundOrNull(row.rowsPerCall), { minWidth: 86 }),
  percentColumn('hitPercent', 'Cache hit', (row) => row.hitPercent, { minWidth: 86 }),
  {
    ...durationColumn<StatementRow>('recentMs', 'Last 24 h', (row) => row.recentMs, { minWidth: 142 }),
    cell: (row) =>
      row.recentMs === null ? (
        '–'
      ) : (
        <>
          <Sparkline values={row.recent} /> {formatDuration(row.recentMs)}
        </>
      ),
  },
  bytesColumn('tempBytes', 'Temp', (row) => row.tempBytes, { minWidth: 76 }),
  durationColumn('ioMs', 'I/O time', (row) => row.ioMs, { minWidth: 86 }),
  bytesColumn('walBytes', 'WAL', (row) => row.walBytes, { minWidth: 80 }),
  {
    ...countColumn<StatementRow>('callsPerMinute', 'Calls/min', (row) => roundOrNull(row.callsPerMinute)),
    isExtra: true,
  },
  { ...bytesColumn<StatementRow>('readBytes', 'Read', (row) => row.readBytes), isExtra: true },
  { ...durationColumn<StatementRow>('planMs', 'Planning', (row) => row.planMs), isExtra: true },
  { ...durationColumn<StatementRow>('minMs', 'Min', (row) => row.minMs, { minWidth: 86 }), isExtra: true },
  {
    ...durationColumn<StatementRow>('stddevMs', 'Stddev', (row) => row.stddevMs, { minWidth: 86 }),
    isExtra: true,
  },
  textColumn('role', 'Role', (row) => row.role, { minWidth: 96 }),
  textColumn('tags', 'Tags', (row) => row.tags || null, { minWidth: 110 }),
];

function roundOrNull(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}
