import type { FactName } from '#shared/model/facts.ts';
import { formatEvidence } from '#shared/model/format.ts';
import type { Check } from './check.ts';
import { FACT_ACCESS } from './fact-access.ts';
import { FIX_SHAPES } from './fix-shapes.ts';

export type ExplainFormat = 'text' | 'markdown';

/**
 * The help page of one check, complete without a network: why, rule, thresholds with units, what it reads and the
 * GRANTs for that, remedy, shape of the fix, link. Ends with a line break.
 */
export function explainCheck(check: Check, format: ExplainFormat = 'text'): string {
  const sections = sectionsOf(check);
  const page = format === 'text' ? asText(check, sections) : asMarkdown(check, sections);
  return `${page.join('\n')}\n`;
}

interface Section {
  readonly title: string;
  /** Prose is wrapped, entries stay one per line. */
  readonly prose?: string;
  readonly entries?: readonly string[];
  /** SQL to show as it is. */
  readonly code?: readonly string[];
}

function sectionsOf(check: Check): Section[] {
  const shape = FIX_SHAPES[check.id];
  const facts = [...check.needs, ...(check.wants ?? [])];
  const grants = [...new Set(facts.flatMap((f) => FACT_ACCESS[f].grants))];
  const sections: Section[] = [
    { title: 'Why it matters', prose: check.why },
    { title: 'Rule', prose: check.rule },
  ];
  const thresholds = Object.entries(check.thresholds).map(([key, value]) => thresholdLine(key, value));
  if (thresholds.length > 0) sections.push({ title: 'Thresholds (defaults)', entries: thresholds });
  sections.push({
    title: 'Reads',
    entries: [...readLines(check.needs, true), ...readLines(check.wants ?? [], false)],
  });
  if (grants.length > 0) {
    sections.push({
      title: 'Grants for a role that is no superuser',
      prose: 'Without them this check is skipped or partial, and the audit says so.',
      code: grants.map((g) => `${g};`),
    });
  }
  sections.push({ title: 'What to do', prose: check.remedy });
  if (shape) {
    sections.push({
      title: 'Shape of the fix',
      ...(shape.sql.length > 0
        ? { code: shape.sql.map((s) => `${s};`) }
        : { prose: 'By hand: each finding lists the steps.' }),
      entries: [`Lock: ${shape.lock}`, `Undo: ${shape.undo}`],
    });
  }
  sections.push({ title: 'PostgreSQL documentation', entries: [check.docs] });
  return sections;
}

function thresholdLine(key: string, value: number): string {
  const { label, text } = formatEvidence(key, value);
  return `${label}: ${text} (${key})`;
}

/** Facts that anyone may read from the catalog share one line. */
function readLines(facts: readonly FactName[], isNeeded: boolean): string[] {
  const groups = new Map<string, FactName[]>();
  for (const fact of facts) {
    const { what } = FACT_ACCESS[fact];
    groups.set(what, [...(groups.get(what) ?? []), fact]);
  }
  const role = isNeeded ? 'needs' : 'is sharper with';
  return [...groups].map(([what, names]) => `${role} ${names.join(', ')}: ${what}`);
}

function asText(check: Check, sections: readonly Section[]): string[] {
  const head = `${check.id}: ${check.title}`;
  return [
    head,
    '='.repeat(head.length),
    `${check.category}, ${check.topic}, at worst ${check.severity}`,
    ...sections.flatMap(({ title, prose, entries, code }) => [
      '',
      title,
      ...(prose ? wrap(prose, '  ', '  ') : []),
      ...(code ?? []).map((line) => `    ${line}`),
      ...(entries ?? []).flatMap((line) => wrap(line, '  - ', '    ')),
    ]),
  ];
}

function asMarkdown(check: Check, sections: readonly Section[]): string[] {
  return [
    `# ${check.title}`,
    '',
    `\`${check.id}\` · ${check.category} · ${check.topic} · at worst **${check.severity}**`,
    ...sections.flatMap(({ title, prose, entries, code }) => [
      '',
      `## ${title}`,
      ...(prose ? ['', prose] : []),
      ...(code ? ['', '```sql', ...code, '```'] : []),
      ...(entries ? ['', ...entries.map((line) => `- ${line}`)] : []),
    ]),
  ];
}

/** Breaks at spaces so that lines stay within 80 columns, unless a single word (a link) is longer. */
function wrap(prose: string, first: string, next: string): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of prose.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > 80) {
      lines.push(line);
      line = next;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
