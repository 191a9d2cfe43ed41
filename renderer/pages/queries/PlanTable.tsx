import Box from '@mui/material/Box';
import type { ReactElement } from 'react';
import type { PlanNode, StatementPlan } from '#shared/model/queries.ts';
import { formatCount, formatRatio } from '#shared/model/format.ts';
import { bytesColumn, countColumn, durationColumn, textColumn } from '#renderer/components/columns.tsx';
import { DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

/** A long plan scrolls in itself; CSS pixels. */
const MOST_HEIGHT = 420;
const HEAD_AND_TOOLBAR = 92;

/** The nodes of a plan by any of their figures, to find the one that costs most. */
export function PlanTable({ plan }: { readonly plan: StatementPlan }): ReactElement {
  const rowHeight = useRowHeight();
  const height = Math.min(MOST_HEIGHT, HEAD_AND_TOOLBAR + plan.nodes.length * rowHeight);
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', height }}>
      <DataTable
        label="Plan nodes"
        rows={plan.nodes}
        columns={plan.isAnalyzed ? MEASURED : PLANNED}
        keyOf={(node) => node.id}
        defaultSort={{ columnId: 'heat', direction: 'descending' }}
        rowHeight={rowHeight}
        empty={<EmptyState title="This plan has no nodes." />}
        minHeight={80}
      />
    </Box>
  );
}

const ESTIMATES: readonly Column<PlanNode>[] = [
  { ...countColumn<PlanNode>('id', '#', (node) => node.id + 1, { minWidth: 48 }) },
  textColumn('type', 'Node', (node) => node.type, { minWidth: 130, grow: 2 }),
  textColumn('on', 'On', (node) => node.on, { minWidth: 110, grow: 2 }),
  {
    ...countColumn<PlanNode>('heat', 'Own share', (node) => node.heat, { minWidth: 92 }),
    cell: (node) => <ShareBar share={node.heat}>{formatRatio(node.heat)}</ShareBar>,
  },
  countColumn('ownCost', 'Own cost', (node) => Math.round(node.ownCost * 100) / 100, { minWidth: 92 }),
  countColumn('totalCost', 'Cost', (node) => node.totalCost, { minWidth: 92 }),
  countColumn('estimatedRows', 'Rows expected', (node) => node.estimatedRows, { minWidth: 116 }),
];
const CONDITIONS = textColumn<PlanNode>(
  'conditions',
  'Conditions',
  (node) => node.conditions.join('; ') || null,
  { minWidth: 160, grow: 3 },
);

const PLANNED = [...ESTIMATES, CONDITIONS];
const MEASURED: readonly Column<PlanNode>[] = [
  ...ESTIMATES,
  countColumn('actualRows', 'Rows', (node) => node.actualRows, { minWidth: 84 }),
  {
    ...countColumn<PlanNode>('misestimate', 'Off by', (node) => node.misestimate, { minWidth: 76 }),
    cell: (node) =>
      node.misestimate === null ? '–' : `${formatCount(Math.round(node.misestimate * 10) / 10)}×`,
  },
  durationColumn('ownMs', 'Own time', (node) => node.ownMs, { minWidth: 92 }),
  countColumn('loops', 'Loops', (node) => node.loops, { minWidth: 76 }),
  bytesColumn('hitBytes', 'Hit', (node) => node.hitBytes),
  bytesColumn('readBytes', 'Read', (node) => node.readBytes),
  bytesColumn('spilledBytes', 'Spilled', (node) => node.spilledBytes),
  countColumn('rowsRemoved', 'Thrown away', (node) => node.rowsRemoved, { minWidth: 104 }),
  CONDITIONS,
];
