import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import type { ReactElement } from 'react';
import { type ActivityOverview, LONG_TRANSACTION_MS, type SessionRow } from '#shared/model/activity.ts';
import { formatCount } from '#shared/model/format.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { countColumn, durationColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

interface Props {
  readonly data: ActivityOverview;
  readonly onOpen: (row: SessionRow) => void;
}

/** Sessions, longest transaction first; idle ones, background processes and our own can be shown too. */
export function SessionTable({ data, onOpen }: Props): ReactElement {
  const { get, set } = useAddressState();
  const filter = get('q') ?? '';
  const shown = {
    idle: get('idle') !== 'no',
    background: get('background') === 'yes',
    own: get('own') === 'yes',
  };
  const rowHeight = useRowHeight();
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = data.sessions.filter(
    (row) =>
      (shown.idle || row.state !== 'idle') &&
      (shown.background || row.isClient) &&
      (shown.own || !row.isOwn) &&
      words.every((word) => textOf(row).includes(word)),
  );
  const toggle = (key: keyof typeof shown, label: string): ReactElement => (
    <FormControlLabel
      control={
        <Checkbox
          size="small"
          checked={shown[key]}
          onChange={(_, on) => set({ [key]: on === DEFAULTS[key] ? null : on ? 'yes' : 'no' })}
        />
      }
      label={label}
    />
  );
  return (
    <DataTable
      label="Sessions"
      rows={rows}
      columns={COLUMNS}
      keyOf={(row) => `${row.pid} ${row.backendStartedAt}`}
      rowHeight={rowHeight}
      defaultSort={{ columnId: 'xactAgeMs', direction: 'descending' }}
      onOpen={onOpen}
      toolbar={
        <>
          <FilterField
            label="Filter sessions"
            value={filter}
            onChange={(q) => set({ q }, { replace: true })}
          />
          {toggle('idle', 'Idle')}
          {toggle('background', 'Background')}
          {toggle('own', 'PgVitals')}
          <span role="status">
            {formatCount(rows.length)} shown
            {data.sessionCount > data.sessions.length && `; ${formatCount(data.sessionCount)} in all`}
          </span>
        </>
      }
      empty={
        data.connections.total === 0 && filter === '' ? (
          <EmptyState title="No sessions.">Nobody but PgVitals is connected.</EmptyState>
        ) : (
          <EmptyState title="No session matches." />
        )
      }
    />
  );
}

const DEFAULTS = { idle: true, background: false, own: false } as const;

function textOf(row: SessionRow): string {
  return [row.pid, row.role, row.database, row.application, row.client, row.state, row.wait, row.query]
    .join(' ')
    .toLowerCase();
}

const COLUMNS: readonly Column<SessionRow>[] = [
  countColumn('pid', 'PID', (row) => row.pid, { minWidth: 72 }),
  nameColumn(
    'role',
    'Role',
    (row) => row.role ?? row.type ?? 'background',
    (row) => row.database,
    { minWidth: 150, grow: 2 },
  ),
  textColumn('application', 'Application', (row) => row.application || null, { minWidth: 110, grow: 2 }),
  textColumn('client', 'Client', (row) => row.client ?? 'local', { minWidth: 92 }),
  {
    id: 'state',
    header: 'State',
    minWidth: 150,
    value: (row) => row.state ?? 'hidden',
    cell: (row) =>
      row.state?.startsWith('idle in transaction') || (row.xactAgeMs ?? 0) >= LONG_TRANSACTION_MS ? (
        <SeverityMark mark="medium" word={row.state ?? ''} />
      ) : (
        (row.state ?? (row.isClient ? 'hidden' : '–'))
      ),
  },
  textColumn('wait', 'Waits for', (row) => row.wait, { minWidth: 120, grow: 1 }),
  durationColumn('xactAgeMs', 'Transaction', (row) => row.xactAgeMs),
  durationColumn('queryAgeMs', 'Statement', (row) => row.queryAgeMs, { minWidth: 96 }),
  {
    id: 'query',
    header: 'Query',
    minWidth: 200,
    grow: 4,
    value: (row) => row.query,
    cell: (row) =>
      row.query === null ? (row.isClient ? 'hidden from this role' : '–') : row.query.replace(/\s+/g, ' '),
  },
];
