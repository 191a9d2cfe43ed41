import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import type { SettingOverride, SettingsOverview } from '#shared/model/settings.ts';
import { nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

/** Settings that hold for one role or one database only. */
export function OverridesTab({ data }: { readonly data: SettingsOverview }): ReactElement {
  const rowHeight = useRowHeight();
  return (
    <>
      <Typography sx={{ color: 'text.secondary', mt: 1.5 }}>
        A role in one database comes first, then the role, then the database, then every role. They count from
        the next connection on.
      </Typography>
      <DataTable
        label="Settings per role and database"
        rows={data.overrides}
        columns={COLUMNS}
        keyOf={(row) => JSON.stringify([row.role, row.database, row.name])}
        rowHeight={rowHeight}
        defaultSort={{ columnId: 'role', direction: 'ascending' }}
        empty={<EmptyState title="None.">No role and no database has settings of its own.</EmptyState>}
      />
    </>
  );
}

const COLUMNS: readonly Column<SettingOverride>[] = [
  nameColumn('role', 'Role', (row) => row.role ?? 'every role'),
  textColumn('database', 'Database', (row) => row.database ?? 'every database', { minWidth: 150 }),
  textColumn('name', 'Setting', (row) => row.name, { minWidth: 200, grow: 2 }),
  textColumn('value', 'Value', (row) => row.value, { minWidth: 130, grow: 2 }),
  textColumn('otherwise', 'Without it, here', (row) => row.otherwise, { minWidth: 130 }),
];
