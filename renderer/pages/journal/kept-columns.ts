import type { KeptCopy } from '#shared/model/plan.ts';
import type { Column } from '#renderer/components/DataTable.tsx';
import type { CellText } from '#renderer/components/table-text.ts';

export type KeptRow = KeptCopy['rows'][number];

/** Those that tell most come first and are shown; the rest can be chosen, by name. */
const TELLING = ['query', 'calls', 'total_exec_time', 'rows'];

/** Columns for rows whose names are known only when they are read; all their names in all rows count. */
export function keptColumns(rows: readonly KeptRow[]): readonly Column<KeptRow>[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].sort();
  const telling = TELLING.filter((name) => names.includes(name));
  const shown = telling.length > 0 ? telling : names.slice(0, TELLING.length);
  return [...shown, ...names.filter((name) => !shown.includes(name))].map((name) => {
    const isNumeric = rows.every((row) => typeof (row[name] ?? 0) === 'number');
    return {
      id: name,
      header: name,
      minWidth: isNumeric ? 104 : 150,
      grow: isNumeric ? 0 : 1,
      isNumeric,
      isExtra: !shown.includes(name),
      value: (row) => keptCell(row[name]),
      ...(isNumeric && { cell: (row: KeptRow) => shortened(row[name]) }),
    };
  });
}

/** Counters have up to sixteen digits, of which nobody reads the last ones; what is copied has all of them. */
function shortened(value: unknown): string {
  if (typeof value !== 'number') return '–';
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

/** As text or number; what is neither as JSON. */
export function keptCell(value: unknown): CellText {
  if (value === null || value === undefined) return null;
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);
}
