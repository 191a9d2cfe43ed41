import pc from 'picocolors';
import type { Audit } from '#shared/model/audit.ts';
import { SEVERITIES, type Finding, type Severity } from '#shared/model/finding.ts';
import { formatBytes, formatCountOf, formatDuration, formatInstant } from '#shared/model/format.ts';
import { countBySeverity, gainText } from '#engine/reports/document.ts';
import { visible } from '#engine/reports/visible.ts';

/** More findings of one check and severity than this are summed up on the terminal. */
const SHOWN_PER_CHECK = 6;

type Colors = ReturnType<typeof pc.createColors>;

/** The audit for a terminal: verdict first, findings by severity, what could not be checked, what to type next. */
export function renderTerminal(
  audit: Audit,
  options: { readonly color: boolean; readonly verbose: boolean; readonly newOnly: boolean },
): string {
  const colors = pc.createColors(options.color);
  const shown = audit.findings.filter(
    (f) =>
      f.status !== 'fixed' &&
      f.status !== 'waived' &&
      (!options.newOnly || f.status === 'new' || f.status === 'regressed'),
  );
  return [
    header(audit, colors),
    grade(audit, colors),
    figures(audit),
    '',
    ...(shown.length > 0 ? findings(shown, colors, options.verbose) : ['No findings.']),
    '',
    tally(audit.findings),
    ...unknowns(audit, colors, options.verbose),
    ...(audit.goodPractices.length > 0
      ? ['', `Good practices: ${audit.goodPractices.map((p) => p.title).join('; ')}.`]
      : []),
    ...next(shown),
    '',
  ].join('\n');
}

function header(audit: Audit, c: Colors): string {
  const { server, facts } = audit;
  const parts = [
    c.bold(visible(server.database)),
    `PostgreSQL ${server.version}`,
    server.isStandby ? 'standby' : 'primary',
    facts.databaseSizeBytes === null ? null : formatBytes(facts.databaseSizeBytes),
    server.statisticsResetAt
      ? `statistics since ${formatInstant(server.statisticsResetAt)}`
      : 'statistics since an unknown moment',
  ];
  return [parts.filter((p) => p !== null).join('  '), ...audit.notices].join('\n');
}

function grade(audit: Audit, c: Colors): string {
  const { grade: g, coverage } = audit;
  const partial = coverage.applicable > 0 && coverage.run / coverage.applicable < 0.8 ? '*' : '';
  const cap = g.cappedBy ? ` (${g.uncappedScore} before the cap: ${g.cappedBy})` : '';
  const missing = coverage.applicable - coverage.run;
  const lines = [
    `${c.bold(`Grade ${g.overall}${partial}`)}  ${g.score}/100${cap}`,
    `Coverage ${coverage.run} of ${coverage.applicable} checks${missing > 0 ? `, ${missing} could not be judged in full` : ''}`,
    Object.entries(g.categories)
      .map(([name, value]) => `${name} ${value.grade}`)
      .join('  '),
  ];
  if (audit.interruption) lines.push(c.yellow(`Incomplete: ${visible(audit.interruption)}`));
  return lines.join('\n');
}

function figures(audit: Audit): string {
  const f = audit.facts;
  const known = (value: number | null, words: (n: number) => string): string[] =>
    value === null ? [] : [words(value)];
  return [
    ...known(f.tables, (n) => formatCountOf(n, 'table')),
    ...known(f.indexes, (n) => formatCountOf(n, 'index', 'indexes')),
    ...known(f.indexesNeverScanned, (n) => `${n} never scanned`),
    ...known(f.indexesRemovable, (n) => `${n} removable (${formatBytes(f.indexesRemovableBytes ?? 0)})`),
    `audited in ${formatDuration(audit.durationMs)}`,
  ].join(', ');
}

function findings(list: readonly Finding[], c: Colors, verbose: boolean): string[] {
  return SEVERITIES.flatMap((severity) => {
    const own = list.filter((f) => f.severity === severity);
    if (own.length === 0) return [];
    const groups = Map.groupBy(own, (f) => f.check);
    return [
      paint(severity, `${severity.toUpperCase()} (${own.length})`, c),
      ...[...groups.values()].flatMap((group) => {
        const limit = verbose ? group.length : SHOWN_PER_CHECK;
        const rest = group.length - limit;
        const lines = group.slice(0, limit).flatMap((f) => line(f, c, verbose));
        return rest > 0
          ? [...lines, `  ${c.dim(`… and ${rest} more of ${group[0]?.check} (--verbose shows all)`)}`]
          : lines;
      }),
    ];
  });
}

function line(finding: Finding, c: Colors, verbose: boolean): string[] {
  const gain = finding.gain ? c.dim(`  ~ ${visible(gainText(finding))}`) : '';
  const state = finding.status === 'new' ? '' : c.dim(`  ${finding.status}`);
  const lines = [`  ${finding.check.padEnd(26)} ${visible(finding.message)}${gain}${state}`];
  if (!verbose) return lines;
  for (const statement of finding.fix?.sql ?? []) lines.push(`    ${c.cyan(`${visible(statement)};`)}`);
  for (const note of finding.fix?.notes ?? []) lines.push(`    ${c.dim(visible(note))}`);
  return lines;
}

function tally(all: readonly Finding[]): string {
  const open = all.filter((f) => f.status !== 'fixed' && f.status !== 'waived');
  const counts = countBySeverity(open);
  const parts = SEVERITIES.filter((s) => counts[s] > 0).map((s) => `${counts[s]} ${s}`);
  const fixed = all.filter((f) => f.status === 'fixed').length;
  const waived = all.filter((f) => f.status === 'waived').length;
  const extra = [
    fixed > 0 ? `${fixed} fixed since the baseline` : null,
    waived > 0 ? `${waived} waived` : null,
  ].filter((p) => p !== null);
  return [
    `${formatCountOf(open.length, 'finding')}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`,
    ...extra,
  ].join(', ');
}

function unknowns(audit: Audit, c: Colors, verbose: boolean): string[] {
  const { skipped } = audit.coverage;
  if (skipped.length === 0) return [];
  const byCause = Map.groupBy(skipped, (s) => `${s.reason}\u0000${s.grant ?? ''}`);
  const lines = [...byCause.values()].map((group) => {
    const [first] = group;
    const names = group.map((s) => s.check);
    const list =
      verbose || names.length <= 3
        ? names.join(', ')
        : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
    return `  ${visible(first?.reason ?? '')} ${c.dim(`[${list}]`)}${first?.grant ? `\n    ${c.cyan(`${visible(first.grant)};`)}` : ''}`;
  });
  return ['', c.yellow('Could not check'), ...lines];
}

function next(shown: readonly Finding[]): string[] {
  const first = shown[0];
  return first ? ['', `Next: pgvitals explain ${first.check}`] : [];
}

/** Colour repeats what the word says; it never stands alone. */
function paint(severity: Severity, text: string, c: Colors): string {
  const painters: Record<Severity, (text: string) => string> = {
    critical: (t) => c.bold(c.red(t)),
    high: c.red,
    medium: c.yellow,
    low: c.blue,
    info: c.dim,
  };
  return painters[severity](text);
}
