import type { JobSummary } from '#shared/model/plan.ts';

/** Whether a job can be taken back, in the words of a table cell. */
export function undoState({ outcome, undoneBy, undoes, noUndo, doneCount }: JobSummary): string {
  if (undoneBy !== null) return 'taken back';
  if (outcome === 'running') return 'runs';
  if (noUndo !== null) return noUndo.startsWith('There is nothing') ? 'not needed' : 'not possible';
  if (doneCount === 0 && outcome !== 'interrupted') return 'nothing ran';
  return undoes === null ? 'possible' : 'took one back';
}
