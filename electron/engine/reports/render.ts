import type { Audit } from '#shared/model/audit.ts';
import type { ConnectionSummary } from '#shared/model/connection.ts';
import { ENVIRONMENT_WORDS } from '#shared/model/profile.ts';
import type { ReportFormat } from '#engine/engine.ts';
import { renderCsv } from './csv.ts';
import { auditDocument } from './document.ts';
import { renderHtml } from './html.ts';
import { renderMarkdown } from './markdown.ts';
import { redactAudit } from './redact.ts';

const MEDIA_TYPES: Readonly<Record<ReportFormat, string>> = {
  json: 'application/json',
  md: 'text/markdown',
  html: 'text/html',
  csv: 'text/csv',
};

/** The audit as one file; `fileName` is safe on every system. */
export function renderReport(
  audit: Audit,
  format: ReportFormat,
  options: {
    readonly redact: boolean;
    /** Where it was opened from; null on the command line. */
    readonly connection?: Pick<ConnectionSummary, 'name' | 'environment'> | null;
  },
): { fileName: string; mediaType: string; text: string } {
  const shown = options.redact ? redactAudit(audit) : audit;
  const slug = audit.server.database.replaceAll(/[^A-Za-z0-9_-]+/g, '-').slice(0, 40) || 'database';
  const day = audit.startedAt.slice(0, 10);
  return {
    fileName: `pgvitals-${slug}-${day}.${format}`,
    mediaType: MEDIA_TYPES[format],
    text: textOf(shown, format, whereOf(options)),
  };
}

/** "Production: Shop"; the name may say as much as a host does, so a redacted report has the word alone. */
function whereOf({ redact, connection = null }: Parameters<typeof renderReport>[2]): string | null {
  if (!connection?.environment) return null;
  const word = ENVIRONMENT_WORDS[connection.environment];
  return redact ? word : `${word}: ${connection.name}`;
}

function textOf(audit: Audit, format: ReportFormat, where: string | null): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(audit, null, 2)}\n`;
    case 'csv':
      return renderCsv(audit);
    case 'md':
      return renderMarkdown(auditDocument(audit, where));
    case 'html':
      return renderHtml(auditDocument(audit, where), `PostgreSQL health of ${audit.server.database}`);
  }
}
