import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { type ReactElement, useState } from 'react';
import type { SettingRow, SettingsOverview } from '#shared/model/settings.ts';
import { formatCount } from '#shared/model/format.ts';
import { nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useAddressState } from '#renderer/app/address-state.ts';
import { useRowHeight } from '#renderer/state/preferences.ts';

/** Every setting, those that somebody changed first. */
export function SettingsTable({ data }: { readonly data: SettingsOverview }): ReactElement {
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const [changedOnly, setChangedOnly] = useState(false);
  const filter = get('q') ?? '';
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = data.settings.filter(
    (row) =>
      (!changedOnly || row.isChanged) &&
      words.every((word) => `${row.name} ${row.category} ${row.description}`.toLowerCase().includes(word)),
  );
  return (
    <DataTable
      label="Settings"
      rows={rows}
      columns={COLUMNS}
      keyOf={(row) => row.name}
      rowHeight={rowHeight}
      defaultSort={{ columnId: 'isChanged', direction: 'descending' }}
      toolbar={
        <>
          <FilterField
            label="Filter settings"
            value={filter}
            onChange={(q) => set({ q }, { replace: true })}
          />
          <FormControlLabel
            control={<Checkbox size="small" checked={changedOnly} onChange={(_, on) => setChangedOnly(on)} />}
            label="Only changed ones"
          />
          <span role="status">{formatCount(rows.length)} shown</span>
        </>
      }
      empty={<EmptyState title="No setting matches." />}
    />
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
    cell: (row) =>
      row.isChanged ? (
        <strong title={row.description}>{row.name}</strong>
      ) : (
        <span title={row.description}>{row.name}</span>
      ),
  },
  textColumn('value', 'Value', (row) => row.value, { minWidth: 130, grow: 2 }),
  textColumn('standard', 'As shipped', (row) => row.standard, { minWidth: 110 }),
  {
    id: 'isChanged',
    header: 'State',
    minWidth: 130,
    value: (row) => (row.isPending ? 'waits for restart' : row.isChanged ? 'changed' : 'as shipped'),
    sortValue: (row) => (row.isPending ? 2 : row.isChanged ? 1 : 0),
    cell: (row) =>
      row.isPending ? (
        <SeverityMark mark="medium" word="waits for restart" />
      ) : row.isChanged ? (
        'changed'
      ) : (
        'as shipped'
      ),
  },
  textColumn('source', 'From', (row) => row.source, { minWidth: 150 }),
  textColumn('takes', 'A change takes', (row) => row.takes, { minWidth: 108 }),
  textColumn('category', 'Category', (row) => row.category || null, { minWidth: 140, grow: 2 }),
];
