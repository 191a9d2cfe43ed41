import { formatInstant } from '#shared/model/format.ts';
import type { Job, JobAction } from '#shared/model/plan.ts';
import { fencedSql } from '#renderer/components/sql-fence.ts';
import { OUTCOME } from '#renderer/state/words.ts';

/** A job to paste into a ticket: what ran, what came of it, and the way back. */
export function jobAsMarkdown(job: Job): string {
  return [
    `## ${oneLine(job.title)}`,
    '',
    `- Outcome: ${OUTCOME[job.outcome].word}`,
    `- Database: ${oneLine(job.database)}`,
    `- Began: ${formatInstant(job.startedAt)}`,
    `- By: ${oneLine(job.by)}, as role ${oneLine(job.role)}`,
    ...job.recheck.map(({ text }) => `- Looked again: ${oneLine(text)}`),
    ...job.actions.flatMap(ofAction),
    '',
  ].join('\n');
}

function ofAction({ title, outcome, error, notes, sql, undo }: JobAction): string[] {
  return [
    '',
    `### ${oneLine(title)}: ${OUTCOME[outcome].word}`,
    ...(error ? ['', oneLine(error.message)] : []),
    ...notes.flatMap((note) => ['', oneLine(note)]),
    '',
    ...fencedSql(sql),
    ...(undo.length > 0 ? ['', 'Undo:', '', ...fencedSql(undo)] : []),
  ];
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{C}]+/gu, ' ');
}
