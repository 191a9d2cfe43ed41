import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import type { ReactElement } from 'react';
import type { SettingRow, SettingsOverview } from '#shared/model/settings.ts';
import { formatCount } from '#shared/model/format.ts';
import { nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useAddressState } from '#renderer/app/address-state.ts';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { SettingDrawer } from './SettingDrawer.tsx';
import { stateOf } from './setting-state.ts';

/** Every setting, those that somebody changed first. */
interface Props {
  readonly connectionId: string;
  readonly data: SettingsOverview;
}

export function SettingsTable({ connectionId, data }: Props): ReactElement {
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const isChangedOnly = get('changed') === 'yes';
  const filter = get('q') ?? '';
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = data.settings.filter(
    (row) =>
      (!isChangedOnly || row.isChanged || row.waitsFor !== null) &&
      words.every((word) => `${row.name} ${row.category} ${row.description}`.toLowerCase().includes(word)),
  );
  const open = data.settings.find((row) => row.name === get('row'));
  return (
    <>
      <DataTable
        label="Settings"
        rows={rows}
        columns={COLUMNS}
        keyOf={(row) => row.name}
        rowHeight={rowHeight}
        defaultSort={{ columnId: 'state', direction: 'descending' }}
        onOpen={(row) => set({ row: row.name })}
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
                  checked={isChangedOnly}
                  onChange={(_, on) => set({ changed: on ? 'yes' : null }, { replace: true })}
                />
              }
              label="Only changed ones"
            />
            <span role="status">{formatCount(rows.length)} shown</span>
          </>
        }
        empty={<EmptyState title="No setting matches.">Looked at {data.settings.length}.</EmptyState>}
      />
      <SettingDrawer
        connectionId={connectionId}
        setting={open ?? null}
        data={data}
        onClose={() => set({ row: null })}
      />
    </>
  );
}

const COLUMNS: readonly Column<SettingRow>[] = [
  {
    ...nameColumn<SettingRow>(
      'name',
      'Setting',
      (row) => row.name,
      () => null,
      { minWidth: 250, grow: 2 },
    ),
    cell: (row) => (row.isChanged ? <strong>{row.name}</strong> : row.name),
  },
  textColumn('value', 'Value', (row) => quoted(row.value), { minWidth: 130, grow: 2 }),
  textColumn('standard', 'As shipped', (row) => quoted(row.standard), { minWidth: 110 }),
  {
    id: 'state',
    header: 'State',
    minWidth: 154,
    value: stateOf,
    sortValue: (row) => (row.waitsFor === null ? (row.isChanged ? 1 : 0) : 2),
    cell: (row) =>
      row.waitsFor === null ? stateOf(row) : <SeverityMark mark="medium" word={stateOf(row)} />,
  },
  textColumn('source', 'From', (row) => row.source, { minWidth: 150 }),
  textColumn('takes', 'A change takes', (row) => row.takes, { minWidth: 108 }),
  textColumn('category', 'Category', (row) => row.category || null, { minWidth: 118, grow: 2 }),
];

/** An empty text is a value too. */
function quoted(value: string | null): string | null {
  return value === '' ? "''" : value;
}
