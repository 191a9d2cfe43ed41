import type { Audit } from '#shared/model/audit.ts';

const HEADER = [
  'severity',
  'check',
  'category',
  'confidence',
  'status',
  'kind',
  'schema',
  'name',
  'table',
  'message',
  'sql',
  'undo',
  'fingerprint',
];

/** Findings as RFC 4180 CSV, one per line. */
export function renderCsv(audit: Audit): string {
  const rows = audit.findings.map((f) => [
    f.severity,
    f.check,
    f.category,
    f.confidence,
    f.status,
    f.object.kind,
    f.object.schema ?? '',
    f.object.name,
    f.object.table ?? '',
    f.message,
    (f.fix?.sql ?? []).map((s) => `${s};`).join(' '),
    (f.fix?.undo ?? []).map((s) => `${s};`).join(' '),
    f.fingerprint,
  ]);
  return `${[HEADER, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/**
 * Quotes every cell and disarms formulas: spreadsheets run cells that begin with = + - @ TAB CR LF, also after
 * white space or a line break inside the cell (OWASP CSV injection).
 */
function cell(text: string): string {
  const disarmed = /(^|[\r\n])[\s\u00a0]*[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return `"${disarmed.replaceAll('"', '""')}"`;
}
