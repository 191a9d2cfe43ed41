import type { Audit } from '#shared/model/audit.ts';
import { CATEGORIES, SEVERITIES, type Finding, type Severity } from '#shared/model/finding.ts';
import {
  formatBytes,
  formatCount,
  formatCountOf,
  formatDuration,
  formatEvidence,
  formatInstant,
  formatRatio,
  UNKNOWN,
} from '#shared/model/format.ts';

/** A report as blocks of plain text; each format escapes in its own way, so nothing here is markup. */
export type Block =
  | { readonly type: 'heading'; readonly level: 1 | 2 | 3 | 4; readonly text: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'list'; readonly items: readonly string[] }
  | {
      readonly type: 'table';
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly string[])[];
    }
  | { readonly type: 'code'; readonly label: string; readonly text: string; readonly language?: 'sql' | 'sh' }
  | { readonly type: 'sql'; readonly label: string; readonly statements: readonly string[] };

export interface Column {
  readonly label: string;
  readonly isNumeric?: boolean;
}

const TITLE = { type: 'heading', level: 1 } as const;
/** More findings of one check than this are summed up: a report of 10,000 repeats helps nobody. */
const SHOWN_PER_CHECK = 20;

/**
 * The audit in the order people read it: verdict, what to do first, evidence, what is good, what is not known. `where`
 * is the environment and the name of the connection.
 */
export function auditDocument(audit: Audit, where: string | null = null): Block[] {
  const open = audit.findings.filter((f) => f.status !== 'fixed' && f.status !== 'waived');
  return [
    { ...TITLE, text: `PostgreSQL health of ${audit.server.database}` },
    ...(where === null ? [] : [{ type: 'text', text: where } as const]),
    { type: 'text', text: headline(audit) },
    ...audit.notices.map((text): Block => ({ type: 'text', text })),
    ...(audit.interruption
      ? [{ type: 'text', text: `This audit is incomplete: ${audit.interruption}` } as const]
      : []),
    heading('Summary'),
    { type: 'text', text: summary(audit, open) },
    gradeTable(audit),
    heading('Key figures'),
    keyFigures(audit),
    heading('What to do, by priority'),
    ...actionItems(open),
    heading('Findings'),
    ...findingBlocks(open),
    ...otherFindings(audit.findings),
    heading('Good practices found'),
    audit.goodPractices.length > 0
      ? { type: 'list', items: audit.goodPractices.map((p) => `${p.title}: ${p.message}`) }
      : { type: 'text', text: 'None were recognised.' },
    heading('Checks without findings'),
    { type: 'text', text: audit.passed.length > 0 ? audit.passed.map((p) => p.check).join(', ') : 'None.' },
    heading('What could not be checked'),
    ...unknownBlocks(audit),
    heading('How the grade is made'),
    ...gradeBlocks(audit),
  ];
}

function headline(audit: Audit): string {
  const { server } = audit;
  return [
    `PostgreSQL ${server.version}${server.isStandby ? ' (standby)' : ''}`,
    orNull(audit.facts.tables, (tables) => formatCountOf(tables, 'table')),
    orNull(audit.facts.indexes, (indexes) => formatCountOf(indexes, 'index', 'indexes')),
    orNull(audit.facts.databaseSizeBytes, formatBytes),
    `audited ${formatInstant(audit.startedAt)} as ${server.role} in ${formatDuration(audit.durationMs)}`,
    `${audit.tool.name} ${audit.tool.version}`,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

function summary(audit: Audit, open: readonly Finding[]): string {
  const counts = countBySeverity(open);
  const listed = SEVERITIES.filter((s) => counts[s] > 0).map((s) => `${counts[s]} ${s}`);
  const { grade, coverage } = audit;
  const cap = grade.cappedBy ? ` (${grade.uncappedScore} before the cap; ${grade.cappedBy})` : '';
  const findings = listed.length > 0 ? `${listed.join(', ')}.` : 'no findings.';
  return `Grade ${grade.overall}, ${grade.score} of 100${cap}. ${coverage.run} of ${coverage.applicable} checks ran completely. Findings: ${findings}`;
}

export function countBySeverity(findings: readonly Finding[]): Record<Severity, number> {
  const counts: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  for (const finding of findings) counts[finding.severity] += 1;
  return counts;
}

function gradeTable(audit: Audit): Block {
  return {
    type: 'table',
    columns: [{ label: 'Category' }, { label: 'Grade' }, { label: 'Score', isNumeric: true }],
    rows: CATEGORIES.map((c) => [
      capitalise(c),
      audit.grade.categories[c].grade,
      String(audit.grade.categories[c].score),
    ]),
  };
}

function keyFigures(audit: Audit): Block {
  const { facts, server } = audit;
  const rows: [string, string][] = [
    ['Tables', orUnknown(facts.tables, formatCount)],
    ['Materialized views', orUnknown(facts.matviews, formatCount)],
    ['Indexes', orUnknown(facts.indexes, formatCount)],
    ['Indexes never scanned', orUnknown(facts.indexesNeverScanned, formatCount)],
    [
      'Removable of these (no primary key, not unique)',
      `${orUnknown(facts.indexesRemovable, formatCount)} (${orUnknown(facts.indexesRemovableBytes, formatBytes)})`,
    ],
    ['Database size', orUnknown(facts.databaseSizeBytes, formatBytes)],
    [
      'Tables / indexes on disk',
      `${orUnknown(facts.tableBytes, formatBytes)} / ${orUnknown(facts.indexBytes, formatBytes)}`,
    ],
    [
      'Live / dead rows (estimates)',
      `${orUnknown(facts.liveRows, formatCount)} / ${orUnknown(facts.deadRows, formatCount)}`,
    ],
    ['Foreign keys', orUnknown(facts.foreignKeys, formatCount)],
    [
      'Connections now / limit',
      `${orUnknown(facts.connections, formatCount)} / ${orUnknown(facts.connectionsLimit, formatCount)}`,
    ],
    ['Cache hit ratio since the counters began', orUnknown(facts.cacheHitRatio, formatRatio)],
    ['Oldest transaction', orUnknown(facts.oldestTransactionMs, formatDuration)],
    ['Freeze age of the limit', orUnknown(facts.freezeShare, formatRatio)],
    ['Statistics since', server.statisticsResetAt ? formatInstant(server.statisticsResetAt) : UNKNOWN],
  ];
  return { type: 'table', columns: [{ label: 'Figure' }, { label: 'Value', isNumeric: true }], rows };
}

function orNull(value: number | null, format: (n: number) => string): string | null {
  return value === null ? null : format(value);
}

function orUnknown(value: number | null, format: (n: number) => string): string {
  return orNull(value, format) ?? UNKNOWN;
}

function actionItems(open: readonly Finding[]): Block[] {
  const terms: readonly (readonly [string, readonly Severity[]])[] = [
    ['This week', ['critical', 'high']],
    ['This month', ['medium']],
    ['This quarter', ['low']],
  ];
  return terms.flatMap(([term, severities]): Block[] => {
    const due = open.filter((f) => severities.includes(f.severity));
    if (due.length === 0)
      return [
        { type: 'heading', level: 3, text: term },
        { type: 'text', text: 'Nothing.' },
      ];
    const byCheck = groupByCheck(due);
    const items = [...byCheck.values()].map((list) => {
      const first = list[0];
      if (!first) return '';
      return list.length === 1
        ? `${first.fix?.title ?? first.message} (${first.check})`
        : `${first.check}: ${list.length} objects, first ${first.object.name}`;
    });
    return [
      { type: 'heading', level: 3, text: term },
      { type: 'list', items },
    ];
  });
}

function findingBlocks(open: readonly Finding[]): Block[] {
  if (open.length === 0) return [{ type: 'text', text: 'No findings.' }];
  return [...groupByCheck(open).values()].flatMap((list) => {
    const rest = list.length - SHOWN_PER_CHECK;
    const blocks = list.slice(0, SHOWN_PER_CHECK).flatMap(findingBlock);
    return rest > 0
      ? [
          ...blocks,
          {
            type: 'text',
            text: `… and ${rest} more of ${list[0]?.check}; all are in the JSON report.`,
          } as const,
        ]
      : blocks;
  });
}

function findingBlock(finding: Finding): Block[] {
  const { object, fix } = finding;
  const where = object.table
    ? `${object.kind} ${object.name} on ${object.table}`
    : `${object.kind} ${object.name}`;
  return [
    { type: 'heading', level: 3, text: `${capitalise(finding.severity)}: ${finding.message}` },
    {
      type: 'text',
      text: `${finding.check} · ${where} · ${finding.status} · confidence ${finding.confidence} (${finding.confidenceReason})`,
    },
    {
      type: 'list',
      items: [
        ...Object.entries(finding.evidence).map(([key, value]) => {
          const { label, text } = formatEvidence(key, value);
          return `${label}: ${text}`;
        }),
        ...(finding.window ? [`Window: ${finding.window}`] : []),
        ...(finding.gain ? [`Estimated gain: ${gainText(finding)}`] : []),
      ],
    },
    ...(fix && fix.sql.length > 0
      ? [
          { type: 'sql', label: `${fix.title} (${fix.risk})`, statements: fix.sql } as const,
          { type: 'text', text: `Lock: ${fix.lock}. ${fix.lockInWords}` } as const,
        ]
      : []),
    ...(fix && fix.undo.length > 0 ? [{ type: 'sql', label: 'Undo', statements: fix.undo } as const] : []),
    ...(fix && fix.notes.length > 0 ? [{ type: 'list', items: fix.notes } as const] : []),
  ];
}

/** "12 MB, 3 s a day, …" in words. */
export function gainText(finding: Finding): string {
  const { gain } = finding;
  return [
    gain?.bytes === undefined ? null : formatBytes(gain.bytes),
    gain?.msPerDay === undefined ? null : `${formatDuration(gain.msPerDay)} a day`,
    gain?.text ?? null,
  ]
    .filter((part) => part !== null)
    .join(', ');
}

function otherFindings(findings: readonly Finding[]): Block[] {
  return (['waived', 'fixed'] as const).flatMap((status): Block[] => {
    const list = findings.filter((f) => f.status === status);
    if (list.length === 0) return [];
    return [
      { type: 'heading', level: 3, text: `${capitalise(status)} (${list.length})` },
      { type: 'list', items: list.map((f) => `${f.check}: ${f.message}`) },
    ];
  });
}

function unknownBlocks(audit: Audit): Block[] {
  const { skipped, notApplicable } = audit.coverage;
  const rows = skipped.map((s) => [s.check, s.isPartial ? 'in part' : 'not at all', s.reason, s.grant ?? '']);
  const table: Block =
    rows.length > 0
      ? {
          type: 'table',
          columns: [
            { label: 'Check' },
            { label: 'Missing' },
            { label: 'Why' },
            { label: 'What would unlock it' },
          ],
          rows,
        }
      : { type: 'text', text: 'Everything that applies to this server was checked.' };
  if (notApplicable.length === 0) return [table];
  return [
    table,
    {
      type: 'text',
      text: `Not applicable here: ${notApplicable.map((n) => `${n.check} (${n.reason})`).join('; ')}`,
    },
  ];
}

function gradeBlocks(audit: Audit): Block[] {
  const { losses } = audit.grade;
  return [
    {
      type: 'text',
      text: 'Each check takes points from its category by severity and confidence; every further object of the same check costs less. A critical finding caps the overall grade at D, a high one at B. Info and waived findings never count.',
    },
    losses.length > 0
      ? {
          type: 'table',
          columns: [
            { label: 'Check' },
            { label: 'Category' },
            { label: 'Worst' },
            { label: 'Findings', isNumeric: true },
            { label: 'Points lost', isNumeric: true },
          ],
          rows: losses.map((l) => [
            l.check,
            capitalise(l.category),
            l.severity,
            String(l.findings),
            l.points.toFixed(1),
          ]),
        }
      : { type: 'text', text: 'No points were lost.' },
  ];
}

function groupByCheck(findings: readonly Finding[]): Map<string, Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) groups.set(finding.check, [...(groups.get(finding.check) ?? []), finding]);
  return groups;
}

function heading(text: string): Block {
  return { type: 'heading', level: 2, text };
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
