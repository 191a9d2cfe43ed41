export type CellText = string | number | null;

/** RFC 4180, raw numbers. A cell that a spreadsheet would run as a formula gets an apostrophe in front. */
export function toCsv(headers: readonly string[], rows: Iterable<readonly CellText[]>): string {
  const lines = [headers.map(csvCell).join(',')];
  for (const row of rows) lines.push(row.map(csvCell).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** A Markdown table; names cannot break out of their cell. */
export function toMarkdown(headers: readonly string[], rows: Iterable<readonly CellText[]>): string {
  const lines = [markdownRow(headers), markdownRow(headers.map(() => '---'))];
  for (const row of rows) lines.push(markdownRow(row));
  return `${lines.join('\n')}\n`;
}

function csvCell(cell: CellText): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function markdownRow(cells: readonly CellText[]): string {
  return `| ${cells.map((cell) => markdownCell(cell)).join(' | ')} |`;
}

function markdownCell(cell: CellText): string {
  if (cell === null) return '';
  return String(cell)
    .replace(/[\r\n]+/g, ' ')
    .replace(/[\\|`*_<>[\]]/g, '\\$&');
}
