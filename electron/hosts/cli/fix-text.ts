import { formatBytes, formatCountOf, formatDuration } from '#shared/model/format.ts';
import type { Job, JobAction, PlanAction, PlanPreview } from '#shared/model/plan.ts';
import { visible } from '#engine/reports/visible.ts';

const MARKS = { ok: 'ok     ', note: 'note   ', warning: 'WARNING', stop: 'STOP   ' } as const;
const WAYS = {
  exact: 'can be undone',
  'none needed': 'nothing to undo',
  none: 'CANNOT BE UNDONE',
} as const;

/** The plan as text for a terminal; names of the database cannot control it. */
export function renderPlan(plan: PlanPreview): string {
  const lines = [
    `${visible(plan.title)} (${plan.risk}, ${formatCountOf(plan.actions.length, 'change')})`,
    ...(plan.freedBytes === null ? [] : [`Frees about ${formatBytes(plan.freedBytes)}.`]),
    '',
    ...plan.actions.flatMap(actionLines),
    'Before it runs:',
    ...plan.preflight.map(
      ({ verdict, text, nextStep }) =>
        `  ${MARKS[verdict]}  ${visible(text)}${nextStep ? ` ${visible(nextStep)}` : ''}`,
    ),
    ...plan.timeouts.map((text) => `  ${text}`),
  ];
  if (plan.leftOut.length > 0) {
    lines.push('', 'Left out:');
    for (const { name, reason } of plan.leftOut) lines.push(`  ${visible(name)}: ${visible(reason)}`);
  }
  if (plan.mustAccept.length > 0) {
    lines.push('', 'Only you can know (--accept):');
    for (const { id, text } of plan.mustAccept) lines.push(`  "${visible(id)}": ${visible(text)}`);
  }
  if (plan.phrase !== null) lines.push('', `To run it, also give --confirm "${plan.phrase}".`);
  return `${lines.join('\n')}\n`;
}

export function renderJob(job: Job): string {
  const done = job.actions.filter(({ outcome }) => outcome === 'done').length;
  const lines = [
    '',
    `Job ${job.id}: ${job.outcome}, ${done} of ${formatCountOf(job.actions.length, 'change')} made.`,
    ...(job.freedBytes === null ? [] : [`Freed ${formatBytes(job.freedBytes)}.`]),
    ...job.actions
      .filter((action) => action.outcome !== 'done' || action.notes.length > 0)
      .flatMap(resultLines),
    ...job.recheck.map(({ text, isGood }) => `  ${isGood ? 'ok     ' : 'NOT YET'}  ${visible(text)}`),
    ...job.leftovers
      .filter(({ state }) => state === 'there')
      .map(
        ({ schema, name }) =>
          `  LEFT     The index ${visible(`${schema}.${name}`)} is not valid and still there.`,
      ),
    job.noUndo ?? `To take it back: pgvitals fix --undo ${job.id}`,
  ];
  return `${lines.join('\n')}\n`;
}

function actionLines(action: PlanAction): string[] {
  return [
    `${action.risk}  ${visible(action.title)} – ${WAYS[action.way]}`,
    ...action.sql.map((sql) => `    ${visible(sql)};`),
    `    ${visible(action.lockInWords)}`,
    ...action.notes.map((note) => `    ${visible(note)}`),
    ...action.undo.map((sql) => `    undo: ${visible(sql)};`),
    '',
  ];
}

function resultLines({ title, outcome, error, notes, durationMs }: JobAction): string[] {
  const took = durationMs === null ? '' : ` after ${formatDuration(durationMs)}`;
  return [
    `  ${visible(title)}: ${outcome}${took}`,
    ...(error ? [`    ${visible(error.message)}${error.nextStep ? ` ${visible(error.nextStep)}` : ''}`] : []),
    ...notes.map((note) => `    ${visible(note)}`),
  ];
}
