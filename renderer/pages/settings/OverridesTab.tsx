import type { ReactElement } from 'react';
import type { SettingsOverview } from '#shared/model/settings.ts';
import { nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

type Override = SettingsOverview['overrides'][number];

/** Settings that hold for one role or one database only, and errors in the files. */
export function OverridesTab({ data }: { readonly data: SettingsOverview }): ReactElement {
  const rowHeight = useRowHeight();
  return (
    <>
      {data.fileErrors.map((entry) => (
        <GrantNotice key={entry.place}>
          {entry.place} {entry.name ?? ''}: {entry.error}
        </GrantNotice>
      ))}
      <DataTable
        label="Settings per role and database"
        rows={data.overrides}
        columns={COLUMNS}
        keyOf={(row) => `${row.role} ${row.database} ${row.name}`}
        rowHeight={rowHeight}
        defaultSort={{ columnId: 'role', direction: 'ascending' }}
        empty={<EmptyState title="None.">No role and no database has settings of its own.</EmptyState>}
      />
    </>
  );
}

const COLUMNS: readonly Column<Override>[] = [
  nameColumn('role', 'Role', (row) => row.role ?? 'every role'),
  textColumn('database', 'Database', (row) => row.database ?? 'every database', { minWidth: 160 }),
  textColumn('name', 'Setting', (row) => row.name, { minWidth: 200, grow: 2 }),
  textColumn('value', 'Value', (row) => row.value, { minWidth: 160, grow: 2 }),
];
