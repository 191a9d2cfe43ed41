import { formatPercent } from '#shared/model/format.ts';
import type { BloatRow, Confidence } from '#shared/model/vacuum.ts';
import { bytesColumn, percentColumn, textColumn } from '#renderer/components/columns.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';

const CONFIDENCE: Readonly<Record<Confidence, string>> = {
  high: 'Estimate, high confidence',
  medium: 'Estimate, medium confidence',
  low: 'Estimate, low confidence',
};

export const wastedColumns: readonly Column<BloatRow>[] = [
  bytesColumn('sizeBytes', 'Size', (row) => row.sizeBytes),
  bytesColumn('wastedBytes', 'Wasted', (row) => row.wastedBytes),
  {
    ...percentColumn<BloatRow>('wastedPercent', 'Of it', (row) => row.wastedPercent),
    cell: (row) =>
      row.wastedPercent === null ? (
        '–'
      ) : (
        <ShareBar share={row.wastedPercent / 100}>{formatPercent(row.wastedPercent)}</ShareBar>
      ),
  },
];

export const reserveColumn: Column<BloatRow> = bytesColumn(
  'reserveBytes',
  'Reserve',
  (row) => row.reserveBytes,
);

/** Says that it is an estimate, how far to trust it, and why. */
export const confidenceColumn: Column<BloatRow> = textColumn(
  'confidence',
  'How sure',
  ({ confidence, reason }) =>
    confidence === null ? `Not estimated: ${reason}` : `${CONFIDENCE[confidence]}: ${reason}`,
  { minWidth: 230, grow: 5 },
);
