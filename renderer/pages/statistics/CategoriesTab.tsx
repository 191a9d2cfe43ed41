import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { lazy, type ReactElement, useState } from 'react';
import { formatCount } from '#shared/model/format.ts';
import type { CategoryRow, StatisticsOverview } from '#shared/model/statistics.ts';
import { ColumnTable } from '#renderer/components/ColumnTable.tsx';
import { bytesColumn, countColumn } from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { TwinPanel } from '#renderer/components/TwinPanel.tsx';
import { CategoriesDialog } from './CategoriesDialog.tsx';

const BarsChart = lazy(async () => ({
  default: (await import('#renderer/components/BarsChart.tsx')).BarsChart,
}));
const BAR_PIXELS = 30;
const MOST_BARS = 14;

interface Props {
  readonly connectionId: string;
  readonly data: StatisticsOverview;
}

/** Tables by what they are for, and how many indexes they have. */
export function CategoriesTab({ connectionId, data }: Props): ReactElement {
  const [isEditing, setEditing] = useState(false);
  const shown = data.categories.slice(0, MOST_BARS);
  const height = 40 + shown.length * BAR_PIXELS;
  const counts = data.indexCounts;
  const edit = (
    <Button variant="outlined" color="inherit" onClick={() => setEditing(true)}>
      Edit…
    </Button>
  );
  const dialog = (
    <CategoriesDialog
      key={String(isEditing)}
      connectionId={connectionId}
      isOpen={isEditing}
      data={data}
      onClose={() => setEditing(false)}
    />
  );
  if (data.categories.length === 0) {
    return (
      <>
        <EmptyState title="No tables to sort." action={edit}>
          Tables fall into their category as soon as there are some; which names belong together can be said
          before.
        </EmptyState>
        {dialog}
      </>
    );
  }
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 1.5 }}>
      <TwinPanel
        title="Tables per category"
        chartHeight={height}
        actions={edit}
        chart={
          <BarsChart
            label="Tables per category; the table view has the same numbers"
            bars={shown.map((row) => ({ name: row.name, value: row.tables }))}
            format={formatCount}
            height={height}
          />
        }
        table={<ColumnTable columns={CATEGORY_COLUMNS} rows={data.categories} keyOf={(row) => row.name} />}
      />
      <TwinPanel
        title="Indexes per table"
        chartHeight={220}
        chart={
          <BarsChart
            label="How many tables have how many indexes; the table view has the same numbers"
            bars={counts.map((row) => ({ name: `${row.indexes}`, value: row.tables }))}
            format={formatCount}
            height={Math.max(220, counts.length * 24)}
          />
        }
        table={<ColumnTable columns={COUNT_COLUMNS} rows={counts} keyOf={(row) => row.indexes} />}
      />
      {dialog}
    </Box>
  );
}

const CATEGORY_COLUMNS: readonly Column<CategoryRow>[] = [
  { id: 'name', header: 'Category', minWidth: 120, value: (row) => row.name },
  countColumn('tables', 'Tables', (row) => row.tables),
  bytesColumn('bytes', 'Size', (row) => row.bytes),
  countColumn('rows', 'Rows (estimate)', (row) => row.rows),
  { id: 'names', header: 'Which', minWidth: 200, value: namesOf },
];

const COUNT_COLUMNS: readonly Column<StatisticsOverview['indexCounts'][number]>[] = [
  countColumn('indexes', 'Indexes', (row) => row.indexes),
  countColumn('tables', 'Tables', (row) => row.tables),
];

function namesOf({ names, tables }: CategoryRow): string {
  const more = tables - names.length;
  return names.join(', ') + (more > 0 ? ` and ${formatCount(more)} more` : '');
}
