import Box from '@mui/material/Box';
import type { ReactElement } from 'react';
import type { VacuumOverview, VacuumSetting } from '#shared/model/vacuum.ts';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { ColumnTable } from '#renderer/components/ColumnTable.tsx';
import { nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { Fold } from '#renderer/components/Fold.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { Scroller } from '#renderer/components/Scroller.tsx';

/** How autovacuum is set up: for the server, for single tables, and what would pay to change. */
export function ConfigurationTab({
  connectionId,
  data,
}: {
  readonly connectionId: string;
  readonly data: VacuumOverview;
}): ReactElement {
  return (
    <Box sx={{ display: 'grid', gap: 1.5, gridTemplateColumns: 'minmax(0, 1fr)' }}>
      <Panel title="Advice">
        {data.advice.length === 0 ? (
          <EmptyState title="Nothing to change." isGood>
            No table is so large that autovacuum comes late, and no setting stands in its way.
          </EmptyState>
        ) : (
          <Box sx={{ display: 'grid', gap: 1 }}>
            {data.advice.map((advice) => (
              <Fold key={advice.title} title={advice.title}>
                <p>{advice.reason}</p>
                <FixView
                  fix={advice.fix}
                  run={
                    <RunPlanButton connectionId={connectionId} request={advice.request}>
                      Apply…
                    </RunPlanButton>
                  }
                />
              </Fold>
            ))}
          </Box>
        )}
      </Panel>
      <Panel title="Per table">
        {data.overrides.length === 0 ? (
          'No table has autovacuum settings of its own.'
        ) : (
          <ColumnTable columns={OVERRIDE_COLUMNS} rows={data.overrides} keyOf={(row) => row.oid} />
        )}
      </Panel>
      <Panel title="Server">
        <Scroller role="region" aria-label="Settings of the server" tabIndex={0}>
          <ColumnTable columns={SETTING_COLUMNS} rows={data.settings} keyOf={(row) => row.name} />
        </Scroller>
      </Panel>
    </Box>
  );
}

const OVERRIDE_COLUMNS: readonly Column<VacuumOverview['overrides'][number]>[] = [
  textColumn('table', 'Table', (row) => row.table),
  {
    id: 'options',
    header: 'Settings',
    minWidth: 300,
    value: (row) => row.options,
    cell: (row) => (
      <Box component="ul" sx={{ m: 0, p: 0, listStyle: 'none' }}>
        {row.options.split(', ').map((option) => (
          <li key={option}>{option}</li>
        ))}
      </Box>
    ),
  },
];

const SETTING_COLUMNS: readonly Column<VacuumSetting>[] = [
  {
    ...nameColumn<VacuumSetting>('name', 'Setting', (row) => row.name),
    cell: (row) => (row.isChanged ? <strong>{row.name}</strong> : row.name),
  },
  { ...textColumn<VacuumSetting>('value', 'Value', (row) => row.value), isNumeric: true },
  { ...textColumn<VacuumSetting>('standard', 'As shipped', (row) => row.standard), isNumeric: true },
  textColumn('source', 'From', (row) => row.source),
];
