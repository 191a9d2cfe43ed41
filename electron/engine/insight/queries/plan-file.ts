import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInstant,
  formatRatio,
} from '#shared/model/format.ts';
import type { PlanNode } from '#shared/model/queries.ts';
import type { Block } from '#engine/reports/document.ts';
import { renderHtml } from '#engine/reports/html.ts';
import { type MadePlan, modelOf, type PlanModel } from './plan-shelf.ts';
import { expressionRedactor, redactPlan } from './plan-redact.ts';
import { planTips } from './tips.ts';

/** `json`: what the server gave; `txt`: as its text format has it; `html`: a page without constants and roles. */
export type PlanFileFormat = 'json' | 'txt' | 'html';

export interface PlanFile {
  readonly fileName: string;
  readonly mediaType: string;
  readonly text: string;
}

const MEDIA_TYPES: Readonly<Record<PlanFileFormat, string>> = {
  json: 'application/json',
  txt: 'text/plain',
  html: 'text/html',
};

/** One plan as a file; its name is safe on every system. */
export function planFile(
  made: MadePlan,
  format: PlanFileFormat,
  { database, roles }: { readonly database: string; readonly roles: readonly string[] },
): PlanFile {
  const slug = database.replaceAll(/[^A-Za-z0-9_-]+/g, '-').slice(0, 40) || 'database';
  const time = made.madeAt.slice(0, 16).replace('T', '-').replace(':', '');
  return {
    fileName: `plan-${slug}-${time}.${format}`,
    mediaType: MEDIA_TYPES[format],
    text: format === 'html' ? page(made, roles) : `${modelOf(made)[format === 'json' ? 'json' : 'text']}\n`,
  };
}

function page(made: MadePlan, roles: readonly string[]): string {
  const redact = expressionRedactor(roles);
  const model = modelOf({ ...made, plan: redactPlan(made.plan, roles) });
  const tips = planTips(model.nodes, made.isAnalyzed, model.measured);
  const title = 'Plan of a statement';
  const blocks: Block[] = [
    { type: 'heading', level: 1, text: title },
    { type: 'text', text: headline(made, model) },
    {
      type: 'text',
      text: 'Constants and names of roles are left out; names of tables, columns and indexes stay.',
    },
    { type: 'sql', label: 'Statement', statements: [redact(made.statement)] },
    { type: 'heading', level: 2, text: 'What stands out' },
    tips.length === 0
      ? { type: 'text', text: 'Nothing.' }
      : { type: 'list', items: tips.map(({ text, confidence }) => `${text} (${confidence})`) },
    { type: 'heading', level: 2, text: 'Steps' },
    stepsTable(model.nodes, made.isAnalyzed),
    { type: 'heading', level: 2, text: 'As text' },
    // No statement: without the semicolon that ends one.
    { type: 'code', label: 'EXPLAIN', text: model.text },
  ];
  return renderHtml(blocks, title);
}

function headline({ madeAt, versionNum }: MadePlan, model: PlanModel): string {
  const times =
    model.executionMs === null
      ? ['planned only, nothing was run']
      : [
          `ran in ${formatDuration(model.executionMs)}`,
          ...(model.planningMs === null ? [] : [`planned in ${formatDuration(model.planningMs)}`]),
        ];
  return [`PostgreSQL ${Math.floor(versionNum / 10_000)}`, formatInstant(madeAt), ...times].join(' · ');
}

function stepsTable(nodes: readonly PlanNode[], isAnalyzed: boolean): Block {
  const known = (value: number | null, format: (value: number) => string): string =>
    value === null ? '–' : format(value);
  const measured = isAnalyzed
    ? [
        { label: 'Rows', of: (node: PlanNode) => known(node.actualRows, formatCount) },
        { label: 'Own time', of: (node: PlanNode) => known(node.ownMs, formatDuration) },
        { label: 'Read', of: (node: PlanNode) => known(node.readBytes, formatBytes) },
      ]
    : [];
  const figures = [
    { label: 'Rows (estimate)', of: (node: PlanNode) => formatCount(Math.round(node.estimatedRows)) },
    ...measured,
    { label: 'Own cost', of: (node: PlanNode) => formatCount(Math.round(node.ownCost)) },
    { label: isAnalyzed ? 'Of the time' : 'Of the cost', of: (node: PlanNode) => formatRatio(node.heat) },
  ];
  return {
    type: 'table',
    columns: [
      { label: 'Step' },
      { label: 'Conditions' },
      ...figures.map(({ label }) => ({ label, isNumeric: true })),
    ],
    rows: nodes.map((node) => [
      `${'\u2003'.repeat(node.depth)}${node.type}${node.on === null ? '' : ` on ${node.on}`}`,
      node.conditions.join('; '),
      ...figures.map(({ of }) => of(node)),
    ]),
  };
}
