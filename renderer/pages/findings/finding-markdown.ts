import type { Finding } from '#shared/model/finding.ts';
import { formatEvidence } from '#shared/model/format.ts';
import { fencedSql } from '#renderer/components/sql-fence.ts';

/** A finding as the text of an issue. */
export function findingAsMarkdown(finding: Finding, title: string): string {
  const { object, fix } = finding;
  const lines = [
    `## ${title}`,
    '',
    `**${finding.severity}** · ${finding.category} · \`${finding.check}\` · confidence: ${finding.confidence}`,
    '',
    `${object.kind} ${code([object.schema, object.name].filter(Boolean).join('.'))}: ${finding.message}`,
    '',
    ...Object.entries(finding.evidence).map(([key, value]) => {
      const { label, text } = formatEvidence(key, value);
      return `- ${label}: ${text}`;
    }),
  ];
  if (finding.window) lines.push('', `Covers: ${finding.window}`);
  if (fix && fix.sql.length > 0)
    lines.push('', `### ${fix.title}`, '', fix.lockInWords, '', ...fencedSql(fix.sql));
  if (fix && fix.undo.length > 0) lines.push('', '### Undo', '', ...fencedSql(fix.undo));
  return `${lines.join('\n')}\n`;
}

function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}
