import type { Finding } from '#shared/model/finding.ts';
import { formatEvidence } from '#shared/model/format.ts';
import { scriptOf } from '#renderer/components/SqlBlock.tsx';

/** A finding as the text of an issue. SQL stands in a fence longer than any run of backticks in it. */
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
    lines.push('', `### ${fix.title}`, '', fix.lockInWords, '', ...fence(scriptOf(fix.sql)));
  if (fix && fix.undo.length > 0) lines.push('', '### Undo', '', ...fence(scriptOf(fix.undo)));
  return `${lines.join('\n')}\n`;
}

function fence(sql: string): string[] {
  const longest = Math.max(2, ...[...sql.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = '`'.repeat(longest + 1);
  return [`${marks}sql`, sql, marks];
}

function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}
